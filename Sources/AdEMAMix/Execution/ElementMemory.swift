//===--- ElementMemory.swift - the memory of some elements ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// The caller's memory of neighbouring elements of one tensor.
@unsafe struct ElementMemory<Scalar> {
  /// `nil` where weights are split.
  let parameters: UnsafeMutablePointer<Scalar>?
  /// The upper parts of weights that are split.
  let weights: UnsafeMutablePointer<BFloat16>?
  /// `nil` where gradients are in bfloat16, and where there are none.
  private(set) var gradients: UnsafePointer<Scalar>?
  private(set) var bfloat16Gradients: UnsafePointer<BFloat16>?
  let bfloat16Copy: UnsafeMutablePointer<BFloat16>?
  /// Whether gradients are set to 0 once they have been taken in.
  let clearsGradients: Bool

  /// The memory from an element of some buffers on; `nil` where the buffers are
  /// empty.
  init?(_ buffers: ParameterBuffers<Scalar>, from start: Int) {
    unsafe parameters = buffers.parameters.baseAddress.map {
      unsafe $0 + start
    }
    unsafe weights = buffers.weights?.baseAddress.map { unsafe $0 + start }
    if unsafe parameters == nil && weights == nil { return nil }
    unsafe gradients = buffers.gradients.baseAddress.map { unsafe $0 + start }
    unsafe bfloat16Gradients = buffers.bfloat16Gradients?.baseAddress.map {
      unsafe $0 + start
    }
    unsafe bfloat16Copy = buffers.bfloat16Copy?.baseAddress.map {
      unsafe $0 + start
    }
    unsafe clearsGradients = buffers.clearsGradients
  }

  /// Forgets gradients that have no part in the call.
  mutating func dropGradients() {
    unsafe gradients = nil
    unsafe bfloat16Gradients = nil
  }

  /// Sets gradients to 0, if they are to be.
  func clearGradients(from start: Int, count: Int) {
    guard unsafe clearsGradients else { return }
    if let gradients = unsafe gradients {
      unsafe clear(gradients + start, count)
    }
    if let gradients = unsafe bfloat16Gradients {
      unsafe clear(gradients + start, count)
    }
  }
}

/// Sets elements to 0, whose bits are 0 in each type of gradients.
private func clear<Element>(_ elements: UnsafePointer<Element>, _ count: Int) {
  _ = unsafe memset(
    UnsafeMutableRawPointer(mutating: elements), 0,
    count * MemoryLayout<Element>.stride)
}
