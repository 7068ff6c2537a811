//===--- OpeningTimeTests.swift - files of very many tensors --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Glibc
import TestSupport
import Testing

@Suite struct `A checkpoint of very many tensors` {
  /// Each is four in the file: parameters, m1, m2 and ν.
  #if DEBUG
  private let count = 2_500
  #else
  private let count = 25_000
  #endif

  // 100,000 in the file take .25 s of one processor in an optimized build. The
  // limit leaves room for a slow machine. A search through all names for each
  // tensor takes longer.
  @Test func `opens in a time that grows with their number alone`() throws {
    let folder = try TemporaryFolder()
    let group = ParameterGroup(
      "g",
      tensors: (0..<count).map {
        TensorSpec("layers.\($0 / 10).block.\($0 % 10).weight", shape: [2, 3])
      }, Hyperparameters(learningRate: 0.1))
    try AdEMAMix<Float>([group]).save(
      to: folder.file("f"), parameters: [Float](repeating: 1, count: 6 * count))
    let start = secondsOfThisThread()
    let checkpoint = try Checkpoint<Float>(folder.file("f"))
    #expect(secondsOfThisThread() - start < 5)
    #expect(checkpoint.layout.tensors.count == count)
  }

  /// Time of a processor, which tests that run beside this one do not take.
  private func secondsOfThisThread() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
