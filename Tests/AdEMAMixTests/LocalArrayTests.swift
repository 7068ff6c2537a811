//===--- LocalArrayTests.swift - arrays that a call alone reads -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

// An optimized build keeps such an array on the stack, and leaves out what the
// library's interface says that no call reads.
@Suite struct `An array that only a call reads` {
  private func number() -> Float { Float(Int.random(in: 2...2)) }

  private func average() throws -> ParameterAverage<Float> {
    let zeros: [Float] = (0..<3).map { _ in 0 }
    return try ParameterAverage(of: zeros, decay: 0.5)
  }

  @Test func `is taken in by an average`() throws {
    let number = number()
    var average = try average()
    let parameters: [Float] = [number, 4, 6]
    try average.update(with: parameters)
    #expect(try average.values() == [1, 2, 3])
  }

  @Test func `is taken in by an average as a tensor`() throws {
    let number = number()
    let zeros: [[Float]] = [(0..<3).map { _ in 0 }]
    var average = try ParameterAverage(of: zeros, decay: 0.5)
    let parameters: [[Float]] = [[number, 4, 6]]
    try average.update(with: parameters)
    #expect(try average.values() == [1, 2, 3])
  }

  @Test func `is the beginning of an average`() throws {
    let number = number()
    let parameters: [Float] = [number, 4, 6]
    let average = try ParameterAverage(of: parameters, decay: 0.5)
    #expect(try average.values() == [2, 4, 6])
  }

  @Test func `is a gradient`() throws {
    let number = number()
    let group = ParameterGroup(
      "g", sizes: [3], Hyperparameters(learningRate: 0.1))
    var optimizer = try AdEMAMix<Float>([group])
    var parameters: [Float] = [0, 0, 0]
    let gradients: [Float] = [number, 0, -number]
    try optimizer.step(&parameters, gradients: gradients)
    #expect(parameters[0] < 0 && parameters[1] == 0 && parameters[2] > 0)
    var update: [Float] = [0, 0, 0]
    let others: [Float] = [number, -number, 0]
    try optimizer.writeUpdate(into: &update, gradients: others)
    #expect(update[0] > 0 && update[1] < 0)
  }
}
