//===--- MemoryCeiling.swift - the speed that memory allows ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Dispatch

/// The ceiling: how fast the memory of a step can be moved at all.
///
/// An AdEMAMix step reads five streams (parameters, gradients and three moments)
/// and writes four of them (all but the gradients). The ceiling is a loop that
/// does just this and as little as possible else:
///
///     a += e;  b += e;  c += e;  d += e
///
/// on streams of the same length, scalar type and kind of memory (huge pages,
/// starts that differ within a page), with the widest vectors of the processor
/// and the same number of threads, each for a contiguous part. It has two forms,
/// with prefetch instructions 1 KiB ahead and without; both are timed in every
/// round, and the one with the better median is *the* ceiling.
///
/// An engine can be a few percent faster where its pattern of accesses happens
/// to suit the memory better.
///
/// Threads share it while it runs, each for a part of its own.
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
