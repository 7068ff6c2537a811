//===--- OtherWork.swift - the work between two steps ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Dispatch

/// The other work of a training loop between two steps: it reads and writes
/// memory of its own.
///
/// The library's threads take no part, and fall asleep meanwhile.
@safe final class OtherWork: @unchecked Sendable {
  private let memory: AlignedMemory
  private let parts: [Range<Int>]
  private let duration: Duration

  /// - Throws: ``OutOfMemory`` if there is no room.
  init(_ gap: Gap) throws(OutOfMemory) {
    guard let memory = AlignedMemory(byteCount: gap.byteCount) else {
      throw OutOfMemory(byteCount: gap.byteCount)
    }
    self.memory = memory
    duration = .seconds(gap.milliseconds / 1e3)
    let partCount =
      switch gap.threads {
      case .one: 1
      case .all: availableProcessorCount()
      }
    let chunkCount = max(1, gap.byteCount / Self.chunkByteCount)
    parts = (0..<partCount).map {
      chunkCount * $0 / partCount..<chunkCount * ($0 + 1) / partCount
    }
  }

  /// Works once through all of the memory, and on until the time is over.
  func run() {
    let end = ContinuousClock.now + duration
    if parts.count == 1 { return work(on: parts[0], until: end) }
    DispatchQueue.concurrentPerform(iterations: parts.count) {
      work(on: parts[$0], until: end)
    }
  }

  private func work(on chunks: Range<Int>, until end: ContinuousClock.Instant) {
    for chunk in chunks { change(chunk) }
    while true {
      for chunk in chunks {
        if ContinuousClock.now >= end { return }
        change(chunk)
      }
      if chunks.isEmpty { return }
    }
  }

  private func change(_ chunk: Int) {
    let count = min(Self.chunkByteCount, memory.byteCount)
    let numbers = unsafe (memory.start + chunk * Self.chunkByteCount)
      .assumingMemoryBound(to: UInt64.self)
    for i in 0..<count / MemoryLayout<UInt64>.stride {
      unsafe numbers[i] &+= 1
    }
  }

  /// 64 KiB: some 6 µs of work between two looks at the clock.
  private static let chunkByteCount = 1 << 16
}
