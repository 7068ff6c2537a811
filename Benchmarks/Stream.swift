//===--- Stream.swift - memory for one stream of values -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// Values in memory like that of the optimizer's moments: huge pages where the
/// stream is large.
///
/// A stream may have several parts, each at an address of its own. They share
/// an allocation so that small parts lie in huge pages too: otherwise the size
/// of the pages would be measured.
@safe final class Stream<Scalar: BitwiseCopyable> {
  private(set) var parts: [UnsafeMutableBufferPointer<Scalar>] = unsafe []
  private let memory: UnsafeMutableRawPointer

  /// A stream whose values come from `value`, by their index in the part.
  ///
  /// Streams that start at equal offsets within a page compete for the same sets
  /// of the first-level cache, so those that are walked together have different
  /// slots, 0 to 4.
  init(
    counts: [Int], slot: Int, value: (Int) -> Scalar
  ) throws(OutOfMemory) {
    var end = slot * Self.slotByteCount
    var offsets: [Int] = []
    for count in counts {
      offsets.append(end)
      // At least a page between parts, so that nothing fetched past the end of
      // one is of use to the next.
      let bytes = count * MemoryLayout<Scalar>.stride
      end += (bytes + 63) / 64 * 64 + (counts.count > 1 ? Self.page : 0)
    }
    let isLarge = end >= Self.hugePage
    var address: UnsafeMutableRawPointer?
    guard
      unsafe posix_memalign(
        &address, isLarge ? Self.hugePage : Self.page, end) == 0,
      let memory = unsafe address
    else { throw OutOfMemory(byteCount: end) }
    if isLarge { unsafe _ = madvise(memory, end, MADV_HUGEPAGE) }
    unsafe self.memory = memory

    for (offset, count) in zip(offsets, counts) {
      let start = unsafe (memory + offset).bindMemory(
        to: Scalar.self, capacity: count)
      for i in 0..<count { unsafe (start + i).initialize(to: value(i)) }
      unsafe parts.append(
        UnsafeMutableBufferPointer(start: start, count: count))
    }
  }

  deinit { unsafe free(memory) }

  private static var hugePage: Int { 2 << 20 }
  private static var page: Int { 4096 }
  private static var slotByteCount: Int { 13 * 64 }
}

/// A stream found no room.
struct OutOfMemory: Error, CustomStringConvertible {
  let byteCount: Int

  var description: String {
    "There is no room for \(grouped(byteCount)) bytes."
  }
}
