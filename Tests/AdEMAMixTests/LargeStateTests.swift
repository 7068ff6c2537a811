//===--- LargeStateTests.swift - a state that several threads copy --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

@Suite struct `The clone` {
  @Test(arguments: [1, 2, 3])
  func `of a large state is whole, on any number of threads`(
    threads: Int
  ) throws {
    let count = 1_400_003
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup("w", sizes: [count], Hyperparameters(learningRate: 0.1))
      ], threads: threads)
    optimizer.options.accumulation = .sum(over: 20)
    let gradients = (0..<count).map { Float($0 % 1009) - 500 }
    var parameters = [Float](repeating: 1, count: count)
    try optimizer.restore(
      stepCount: 1,
      moments: [
        GroupMoments(
          stepCount: 1, fast: gradients, slow: gradients.reversed(),
          second: gradients.map(abs))
      ])
    try optimizer.step(&parameters, gradients: gradients)
    let clone = try optimizer.copy()
    for (own, other) in zip(optimizer.stateBufferViews, clone.stateBufferViews)
    {
      #expect(own.stored == other.stored)
      #expect(unsafe own.bytes.elementsEqual(other.bytes))
      #expect(unsafe own.bytes.baseAddress != other.bytes.baseAddress)
    }
    #expect(clone.stateBufferViews.count == 5)
  }
}
