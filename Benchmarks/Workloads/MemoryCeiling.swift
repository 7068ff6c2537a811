//===--- MemoryCeiling.swift - the speed that memory allows ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// The ceiling: the speed at which the memory of a step can be moved at all.
///
/// An AdEMAMix step reads five streams (parameters, gradients and three
/// moments) and writes four of them (all but the gradients). The ceiling is a
/// loop that does just this, and as little else as possible:
///
///     a += e;  b += e;  c += e;  d += e
///
/// The streams have the same length, scalar type and kind of memory as those of
/// a step: huge pages, and starts that differ within a page. The loop uses the
/// widest vectors of the processor, and as many threads as the step, each for a
/// contiguous part. The loop has two forms, with prefetch instructions 1 KiB
/// ahead and without. Both forms are timed in every round, and the form with
/// the better median counts.
///
/// An engine can be a few percent faster if its pattern of accesses happens to
/// suit the memory better.
///
/// Threads share the ceiling while it runs, each for a part of its own.
@safe
final class MemoryCeiling<Scalar: CeilingScalar>: @unchecked Sendable {
  private let streams: [MemoryStream<Scalar>]
  private let count: Int

  init(count: Int) throws {
    self.count = count
    // Adding zeros leaves the values as they are, however often it is done.
    streams = try (0..<5).map { slot in
      try MemoryStream(counts: [count], slot: slot) { _ in slot == 4 ? 0 : 1 }
    }
  }

  // Otherwise starting the loop takes 6 µs.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run(prefetching: Bool, threads: Int, steps: Int) {
    let byteCount = count * MemoryLayout<Scalar>.stride
    let threadSplit = ThreadSplit(threadCount: threads)
    for _ in 0..<steps {
      threadSplit.run(count: count, byteCount: byteCount) {
        add($0, prefetching: prefetching)
      }
    }
  }

  private func add(_ range: Range<Int>, prefetching: Bool) {
    func part(_ index: Int) -> UnsafeMutablePointer<Scalar>? {
      unsafe streams[index].parts[0].baseAddress.map {
        unsafe $0 + range.lowerBound
      }
    }
    unsafe Scalar.addStreams(
      prefetching, range.count, part(0), part(1), part(2), part(3), part(4))
  }
}
