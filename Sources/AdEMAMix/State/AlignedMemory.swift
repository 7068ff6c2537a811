//===--- AlignedMemory.swift - where streams of numbers lie ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// Memory for streams that are walked side by side.
@safe package struct AlignedMemory: ~Copyable, @unchecked Sendable {
  /// The first byte, at a cache line.
  package let start: UnsafeMutableRawPointer
  package let byteCount: Int
  private let allocation: UnsafeMutableRawPointer

  package static let cacheLine = 64
  package static let page = 4096
  private static let hugePage = 2 << 20

  /// The distance of streams beyond whole pages.
  ///
  /// Streams that start at equal offsets within a page fall into the same sets
  /// of the first-level cache, and loads wait for stores that share their low
  /// address bits. 13 of the 64 lines of a page spread the five streams of a
  /// step evenly over it.
  package static let skew = 13 * cacheLine

  /// Memory of zeros, or `nil` where there is no room.
  ///
  /// Large memory takes no time: the system clears a page when it is first
  /// written to, by the thread that does.
  package init?(byteCount: Int) {
    let (size, isOverflow) = byteCount.addingReportingOverflow(Self.cacheLine)
    // `calloc` knows that fresh pages are zeros; what aligns does not.
    guard !isOverflow, let allocation = unsafe calloc(1, size) else {
      return nil
    }
    unsafe self.allocation = allocation
    unsafe start = allocation.alignedUp(toMultipleOf: Self.cacheLine)
    self.byteCount = byteCount
    if byteCount >= Self.hugePage {
      // Huge pages take fewer page faults and address translations. A kernel
      // that refuses them gives ordinary pages.
      let page = unsafe start.alignedUp(toMultipleOf: Self.page)
      unsafe _ = madvise(page, byteCount - Self.page, MADV_HUGEPAGE)
    }
  }

  deinit { unsafe free(allocation) }

  /// Copies all bytes of memory of the same size, on several threads.
  package func copy(
    from source: borrowing AlignedMemory, _ threadSplit: ThreadSplit
  ) {
    precondition(source.byteCount == byteCount)
    threadSplit.run(count: byteCount, byteCount: byteCount) {
      unsafe copy(from: source.start, $0)
    }
  }

  /// Copies 2 MiB at a time. The system has just cleared the page, so that the
  /// page is in the cache, which a larger `memcpy` would bypass.
  private func copy(from source: UnsafeMutableRawPointer, _ range: Range<Int>) {
    for first in stride(
      from: range.lowerBound, to: range.upperBound, by: Self.hugePage)
    {
      unsafe memcpy(
        start + first, source + first,
        min(Self.hugePage, range.upperBound - first))
    }
  }
}
