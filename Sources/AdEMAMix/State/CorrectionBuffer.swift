//===--- CorrectionBuffer.swift - the lower bits of split weights ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The corrections of a group's weights, which are split.
///
/// Owned like ``MomentBuffers``.
@safe final class CorrectionBuffer: @unchecked Sendable {
  let elements: UnsafeMutableRawPointer
  /// The bytes of a correction: 1 or 2.
  let stride: Int
  private let count: Int
  private let memory: AlignedMemory

  var byteCount: Int { memory.byteCount }

  /// Corrections that are all 0.
  init(count: Int, stride: Int) throws(AdEMAMixError) {
    let byteCount = Self.byteCount(count: count, stride: stride)
    guard let memory = AlignedMemory(byteCount: byteCount) else {
      throw .outOfMemory(byteCount: byteCount)
    }
    unsafe elements = memory.start
    self.count = count
    self.stride = stride
    self.memory = memory
  }

  /// The bytes of some corrections. Moments of as many elements, which take
  /// more bytes, exist.
  static func byteCount(count: Int, stride: Int) -> Int {
    max(count * stride, AlignedMemory.cacheLine)
  }

  /// The same corrections in other memory.
  func copy(
    _ threadSplit: ThreadSplit
  ) throws(AdEMAMixError) -> CorrectionBuffer {
    let copy = try CorrectionBuffer(count: count, stride: stride)
    copy.memory.copy(from: memory, threadSplit)
    return copy
  }
}
