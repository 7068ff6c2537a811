//===--- GradientSum.swift - the gradients that make up the next step -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// The sum of a group's accumulated gradients.
///
/// Owned like ``MomentBuffers``.
@safe final class GradientSum<Scalar: OptimizerScalar>: @unchecked Sendable {
  let elements: UnsafeMutablePointer<Scalar>
  private let memory: AlignedMemory

  var byteCount: Int { memory.byteCount }

  /// A sum of nothing.
  init(count: Int) throws(AdEMAMixError) {
    let byteCount = count * MemoryLayout<Scalar>.stride
    guard let memory = AlignedMemory(byteCount: byteCount) else {
      throw .outOfMemory(byteCount: byteCount)
    }
    unsafe memset(memory.start, 0, byteCount)
    unsafe elements = memory.start.bindMemory(
      to: Scalar.self, capacity: count)
    self.memory = memory
  }

  /// The same sum in other memory.
  func clone() throws(AdEMAMixError) -> GradientSum {
    let count = byteCount / MemoryLayout<Scalar>.stride
    let clone = try GradientSum(count: count)
    unsafe clone.elements.update(from: elements, count: count)
    return clone
  }
}
