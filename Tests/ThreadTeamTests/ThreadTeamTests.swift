//===--- ThreadTeamTests.swift - each part once, whoever does it ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import Synchronization
import TestSupport
import Testing
import ThreadTeam

/// The parts of a call that were done, and whether two threads were one worker.
///
/// The lock is one that the thread sanitizer knows, which `Mutex` is not.
@safe private final class Record: @unchecked Sendable {
  private let lock = NSLock()
  private var done: [Int]
  private var present: Set<Int> = []
  private var isShared = false

  init(parts: Int) { done = Array(repeating: 0, count: parts) }

  func note(_ part: Int, _ worker: Int, _ work: () -> Void) {
    lock.withLock {
      done[part] += 1
      if !present.insert(worker).inserted { isShared = true }
    }
    work()
    lock.withLock { _ = present.remove(worker) }
  }

  /// Whether each part was done once, and no worker was two threads.
  var isComplete: Bool {
    lock.withLock { done.allSatisfy { $0 == 1 } && !isShared }
  }
}

/// Makes a call whose parts take some time.
private func isComplete(
  parts: Int, workers: Int, microseconds: Int = 0,
  _ work: @Sendable (_ part: Int) -> Void = { _ in }
) -> Bool {
  let record = Record(parts: parts)
  ThreadTeam.run(parts: parts, workers: workers) { part, worker in
    record.note(part, worker) {
      let end = ContinuousClock.now + .microseconds(microseconds)
      while ContinuousClock.now < end {}
      work(part)
    }
  }
  return record.isComplete
}

@Suite struct `A team of threads` {
  @Test func `does each part once, after any gap`() {
    var random = RandomNumbers(seed: 1)
    for _ in 0..<3000 {
      let parts = Int.random(in: 0...100, using: &random)
      let workers = Int.random(in: 1...6, using: &random)
      let isDone = isComplete(
        parts: parts, workers: workers,
        microseconds: Int.random(in: 0...2, using: &random))
      #expect(isDone, "\(parts) parts, \(workers) workers")
      if random.isTrue(0.3) {
        usleep(UInt32.random(in: 0...500, using: &random))
      }
    }
  }

  @Test func `does the parts of calls in parts`() {
    for _ in 0..<50 {
      let inner = Atomic(0)
      let isDone = isComplete(parts: 8, workers: 4) { _ in
        let isDone = isComplete(parts: 8, workers: 4) { _ in
          if isComplete(parts: 3, workers: 2) {
            inner.add(1, ordering: .relaxed)
          }
        }
        if isDone { inner.add(1, ordering: .relaxed) }
      }
      let innerCount = inner.load(ordering: .relaxed)
      #expect(isDone && innerCount == 8 * 8 + 8)
    }
  }

  @Test func `serves many threads at once`() {
    let failures = Atomic(0)
    let threads = (0..<8).map { seed in
      let end = DispatchSemaphore(value: 0)
      let thread = Thread {
        for call in 0..<300 {
          let isDone = isComplete(
            parts: 1 + (call * 7 + seed) % 40, workers: 1 + call % 5)
          if !isDone { failures.add(1, ordering: .relaxed) }
        }
        end.signal()
      }
      thread.start()
      return end
    }
    for end in threads { end.wait() }
    let failureCount = failures.load(ordering: .relaxed)
    #expect(failureCount == 0)
  }

  @Test func `serves many tasks at once`() async {
    let failures = await withTaskGroup(of: Int.self) { group in
      for seed in 0..<16 {
        group.addTask {
          var failures = 0
          for call in 0..<100 {
            let isDone = isComplete(
              parts: 1 + (call * 5 + seed) % 40, workers: 1 + call % 5)
            if !isDone { failures += 1 }
            await Task.yield()
          }
          return failures
        }
      }
      return await group.reduce(0, +)
    }
    #expect(failures == 0)
  }

  /// The first of two parts meets the second only if two threads do them.
  @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1))
  func `shares its work with a helper`() {
    let present = Atomic(0)
    let isMet = Atomic(false)
    for _ in 0..<100 where !isMet.load(ordering: .relaxed) {
      present.store(0, ordering: .relaxed)
      ThreadTeam.run(parts: 2, workers: 2) { _, _ in
        let isFirst = present.add(1, ordering: .relaxed).oldValue == 0
        let end = ContinuousClock.now + .milliseconds(100)
        while present.load(ordering: .relaxed) < 2, ContinuousClock.now < end {
        }
        if isFirst, present.load(ordering: .relaxed) == 2 {
          isMet.store(true, ordering: .relaxed)
        }
      }
    }
    let haveMet = isMet.load(ordering: .relaxed)
    #expect(haveMet)
  }

  @Test func `is awake after a call, and asleep some time later`() {
    // Another process may take the processor between two lines.
    let isAwake = (0..<100).contains { _ in
      ThreadTeam.run(parts: 1, workers: 1) { _, _ in }
      return ThreadTeam.isAwake
    }
    #expect(isAwake)
    let isAsleep = (0..<100).contains { _ in
      usleep(2000)
      return !ThreadTeam.isAwake
    }
    #expect(isAsleep)
  }

  @Test(arguments: [
    "fork-after-calls", "fork-during-calls", "one-processor",
    "changing-processors", "moved-around", "stopped", "crowded", "signals",
  ])
  func `does each part once in a process that is`(check: String) throws {
    // The thread sanitizer does not start threads in a forked process unless it
    // is told to.
    let (status, _) = try output(
      of: "ThreadTeamChecks", [check],
      environment: ["TSAN_OPTIONS": "die_after_fork=0"])
    #expect(status == 0)
  }
}
