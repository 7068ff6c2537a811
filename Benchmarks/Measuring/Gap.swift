//===--- Gap.swift - the time between two steps ---------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals

/// The other work between two steps of a loop.
struct Gap: Encodable {
  /// The least time that the work takes.
  let milliseconds: Double
  let threads: GapThreads
  /// The bytes of memory that the work reads and writes, once at least.
  let byteCount: Int

  /// A gap on more memory than a cache of so many bytes holds.
  init(milliseconds: Double, threads: GapThreads, cacheByteCount: Int) {
    self.milliseconds = milliseconds
    self.threads = threads
    byteCount = min(cacheByteCount / 2 * 3, Self.largestByteCount)
  }

  /// 256 MiB, which take 20 to 25 ms. On two processors of a virtual machine
  /// whose host has a cache of 300 MiB, a pass over 20 MB took 1.05 ms after up
  /// to 64 MiB of other memory, 1.4 ms after 256 MiB, and no more after 1 GiB.
  private static let largestByteCount = 256 << 20
}

extension Gap: CustomStringConvertible {
  var description: String {
    let threads = threads == .one ? "one thread" : "all processors"
    return "\(milliseconds.text(decimals: 0)) ms or more of other work\n"
      + "on \(threads), through \(megabytes(byteCount))"
  }
}
