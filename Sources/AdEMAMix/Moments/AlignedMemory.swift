//===--- AlignedMemory.swift - where streams of numbers lie ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// Memory for streams that are walked side by side.
@safe package struct AlignedMemory: ~Copyable, @unchecked Sendable {
  /// Where the memory starts: at a huge page, a page or a cache line, whichever
  /// its size fills.
  package let start: UnsafeMutableRawPointer
  package let byteCount: Int

  package static let cacheLine = 64
  package static let page = 4096
  private static let hugePage = 2 << 20

  /// What streams are moved apart by, beyond whole pages.
  ///
  /// Streams that start at equal offsets within a page fall into the same sets
  /// of the first-level cache, and loads wait for stores that share their low
  /// address bits.
  package static let skew = 13 * cacheLine

  /// Memory of undefined content, or `nil` where there is no room.
  package init?(byteCount: Int) {
    let isHuge = byteCount >= Self.hugePage
    let alignment =
      isHuge
      ? Self.hugePage : byteCount >= Self.page ? Self.page : Self.cacheLine
    var address: UnsafeMutableRawPointer?
    guard unsafe posix_memalign(&address, alignment, byteCount) == 0,
      let start = unsafe address
    else { return nil }
    if isHuge {
      // Fewer page faults and address translations. Where the kernel refuses,
      // ordinary pages do as well.
      unsafe _ = madvise(start, byteCount, MADV_HUGEPAGE)
    }
    unsafe self.start = start
    self.byteCount = byteCount
  }

  deinit { unsafe free(start) }
}
