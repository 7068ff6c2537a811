//===--- MemoryStream.swift - memory for one stream of values -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// Values in memory of the same kind as the optimizer's moments.
///
/// A stream may have several parts, each at an address of its own. All parts
/// share an allocation so that small parts lie in huge pages too: otherwise the
/// size of the pages would be measured.
@safe final class MemoryStream<Scalar: BitwiseCopyable> {
  private(set) var parts: [UnsafeMutableBufferPointer<Scalar>] = unsafe []
  private let memory: AlignedMemory

  /// A stream of parts.
  ///
  /// - Parameters:
  ///   - counts: The number of values in each part.
  ///   - slot: 0 to 4, different for streams that are walked together. Streams
  ///     that start at equal offsets within a page compete for the same sets of
  ///     the first-level cache.
  ///   - value: The value of an index in a part.
  /// - Throws: ``OutOfMemory`` if there is no room.
  init(
    counts: [Int], slot: Int, value: (Int) -> Scalar
  ) throws(OutOfMemory) {
    var end = slot * AlignedMemory.skew
    var offsets: [Int] = []
    for count in counts {
      offsets.append(end)
      // A page lies between parts at least, so that nothing fetched past the
      // end of a part is of use to the next.
      let bytes = count * MemoryLayout<Scalar>.stride
      let line = AlignedMemory.cacheLine
      end += (bytes + line - 1) / line * line
      if counts.count > 1 { end += AlignedMemory.page }
    }
    guard let memory = AlignedMemory(byteCount: end) else {
      throw OutOfMemory(byteCount: end)
    }
    let memoryStart = unsafe memory.start
    self.memory = memory

    for (offset, count) in zip(offsets, counts) {
      let start = unsafe (memoryStart + offset).bindMemory(
        to: Scalar.self, capacity: count)
      for i in 0..<count { unsafe (start + i).initialize(to: value(i)) }
      unsafe parts.append(
        UnsafeMutableBufferPointer(start: start, count: count))
    }
  }
}
