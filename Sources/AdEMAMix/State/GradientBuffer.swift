//===--- GradientBuffer.swift - the gradients that make up the next step --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Accumulated gradients of a group, or what rounding has lost of them.
///
/// Owned like ``MomentBuffers``.
@safe final class GradientBuffer<Scalar: OptimizerScalar>: @unchecked Sendable {
  let elements: UnsafeMutablePointer<Scalar>
  private let memory: AlignedMemory

  var byteCount: Int { memory.byteCount }

  /// Elements that are all 0.
  init(count: Int) throws(AdEMAMixError) {
    let byteCount = count * MemoryLayout<Scalar>.stride
    guard let memory = AlignedMemory(byteCount: byteCount) else {
      throw .outOfMemory(byteCount: byteCount)
    }
    unsafe elements = memory.start.bindMemory(
      to: Scalar.self, capacity: count)
    self.memory = memory
  }

  /// The same elements in other memory.
  func copy(_ threadSplit: ThreadSplit) throws(AdEMAMixError) -> GradientBuffer
  {
    let copy = try GradientBuffer(
      count: byteCount / MemoryLayout<Scalar>.stride)
    copy.memory.copy(from: memory, threadSplit)
    return copy
  }
}
