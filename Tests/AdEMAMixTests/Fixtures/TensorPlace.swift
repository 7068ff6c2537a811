//===--- TensorPlace.swift - tensors at places of one memory --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// A tensor's place in a memory that holds parameters and gradients.
struct TensorPlace: Sendable {
  var parameters: Range<Int>
  var gradients: Range<Int>
}

extension AdEMAMix {
  /// Makes a step on one buffer of parameters and one of gradients that lie in
  /// `memory`, `skew` bytes behind their places.
  mutating func step(
    in memory: inout [Scalar], flat place: TensorPlace, skew: Int = 0
  ) throws {
    _ = try unsafe memory.withUnsafeMutableBytes { memory in
      var parameters = unsafe memory.buffer(
        of: Scalar.self, place.parameters, skew: skew)
      return try unsafe step(
        &parameters,
        gradients: memory.buffer(of: Scalar.self, place.gradients, skew: skew))
    }
  }

  /// Makes a step on tensors that lie in `memory`, the last of them `skew`
  /// bytes behind its place.
  @discardableResult
  mutating func step(
    in memory: inout [Scalar], _ places: [TensorPlace], skew: Int = 0
  ) throws -> StepReport {
    try unsafe memory.withUnsafeMutableBytes { memory in
      func buffers(
        _ range: KeyPath<TensorPlace, Range<Int>>
      ) -> [UnsafeMutableBufferPointer<Scalar>] {
        unsafe places.enumerated().map { index, place in
          unsafe memory.buffer(
            of: Scalar.self, place[keyPath: range],
            skew: index == places.count - 1 ? skew : 0)
        }
      }
      var parameters = unsafe buffers(\.parameters)
      return try unsafe step(&parameters, gradients: buffers(\.gradients))
    }
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Elements of the memory, `skew` bytes behind their place.
  fileprivate func buffer<Scalar>(
    of _: Scalar.Type, _ range: Range<Int>, skew: Int
  ) -> UnsafeMutableBufferPointer<Scalar> {
    let start = range.lowerBound * MemoryLayout<Scalar>.stride + skew
    return unsafe UnsafeMutableBufferPointer(
      start: (baseAddress.map { unsafe $0 + start })?
        .assumingMemoryBound(to: Scalar.self), count: range.count)
  }
}
