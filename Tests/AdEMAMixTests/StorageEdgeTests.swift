//===--- StorageEdgeTests.swift - what blocks have to endure --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

private let storages: [MomentStorage] = [
  .compact, .minimal, .compactOfVersion2, .minimalOfVersion2,
  MomentStorage(fast: .blockInt16, slow: .blockInt16, second: .blockInt16),
]

@Suite struct `A block` {
  private struct Run: ~Copyable {
    var optimizer: AdEMAMix<Float>
    var parameters: [Float]

    init(
      _ count: Int, _ storage: MomentStorage, rate: Double = 1e-3,
      beta3: Double = 0.9999
    ) throws {
      optimizer = try AdEMAMix<Float>(
        [
          ParameterGroup(
            "g", sizes: [count],
            Hyperparameters(
              learningRate: .constant(rate), beta3: .constant(beta3)),
            storage: storage)
        ], engine: .fused)
      parameters = Array(repeating: 0, count: count)
    }

    mutating func step(_ gradients: [Float]) throws {
      try optimizer.step(&parameters, gradients: gradients)
    }
  }

  @Test(arguments: storages)
  func `of zeros stays one, and its parameters where they are`(
    storage: MomentStorage
  ) throws {
    var run = try Run(600, storage)
    for _ in 0..<40 { try run.step(Array(repeating: 0, count: 600)) }
    #expect(run.parameters.allSatisfy { $0 == 0 })
    let moments = run.optimizer.copyMoments()[0]
    #expect(
      (moments.fast + moments.slow + moments.second).allSatisfy { $0 == 0 })
  }

  @Test(arguments: storages, [Float.nan, .infinity, -.infinity])
  func `keeps what is not finite to its element`(
    storage: MomentStorage, value: Float
  ) throws {
    var random = RandomNumbers(seed: 3)
    var run = try Run(700, storage)
    var other = try Run(700, storage)
    for step in 0..<30 {
      var gradients: [Float] = random.numbers(700)
      gradients[300] = 0
      try other.step(gradients)
      if step == 2 { gradients[300] = value }
      try run.step(gradients)
    }
    #expect(run.parameters[300].isNaN)
    run.parameters[300] = other.parameters[300]
    #expect(run.parameters == other.parameters)
    let moments = run.optimizer.copyMoments()[0]
    for moment in [moments.fast, moments.slow, moments.second] {
      #expect(!moment[300].isFinite)
      #expect(moment.filter { !$0.isFinite }.count == 1)
    }
  }

  @Test(arguments: storages)
  func `takes in gradients next to the smallest numbers`(
    storage: MomentStorage
  ) throws {
    // Their squares are 0, and ε alone divides.
    var run = try Run(300, storage)
    for _ in 0..<10 { try run.step(Array(repeating: 0x1p-140, count: 300)) }
    #expect(run.parameters.allSatisfy { abs($0) < 1e-30 })
    // Above 1e-19 squares are numbers; in blocks they are lifted.
    var small = try Run(300, storage)
    for _ in 0..<10 { try small.step(Array(repeating: 1e-16, count: 300)) }
    let second = small.optimizer.copyMoments()[0].second[0]
    let expected = Float(1e-32 * (1 - 0.9900448802))
    #expect(abs(second / expected - 1) < 0.02)
  }

  @Test(arguments: storages)
  func `with one large element still trains the others`(
    storage: MomentStorage
  ) throws {
    // An outlier of 1000 times the rest.
    var run = try Run(256, storage)
    var random = RandomNumbers(seed: 8)
    let signs = (0..<256).map { _ in random.next() & 1 == 0 ? Float(1) : -1 }
    for _ in 0..<200 {
      var gradients = signs
      gradients[7] *= 1000
      try run.step(gradients)
    }
    // All gradients are constant, and so all steps are the rate times 1 +
    // 5·m2/g.
    let full = run.parameters[7] * signs[7]
    // The squares are 2²⁰ apart, of the 2²⁸ that 8 bits have.
    let bound: Float = storage.second == .blockInt8 ? 0.12 : 0.03
    for index in 0..<256 {
      #expect(abs(run.parameters[index] * signs[index] / full - 1) < bound)
    }
  }

  @Test(arguments: storages)
  func `adds up gradients far below its steps`(storage: MomentStorage) throws {
    // Nearest rounding stops at 3 % of it in bfloat16.
    var run = try Run(512, storage, rate: 0)
    let gradients = (0..<512).map { Float(1 + $0 % 16) }
    for _ in 0..<10_000 { try run.step(gradients) }
    let moments = run.optimizer.copyMoments()[0]
    // 1 - .9999¹⁰⁰⁰⁰ and 1 - .999¹⁰⁰⁰⁰
    #expect(
      relativeDistance(moments.slow, gradients.map { 0.632_139 * $0 }) < 2e-3)
    #expect(
      relativeDistance(
        moments.second, gradients.map { 0.999_954_8 * $0 * $0 }) < 0.06)
  }

  @Test func `can be rounded at the end of a tensor as inside`() throws {
    // The second moment of the smallest elements must not become 0.
    for count in [1, 255, 256, 257, 511] {
      var run = try Run(count, .minimal)
      var gradients = (1...count).map { (index: Int) -> Float in
        1 / Float(index * index)
      }
      gradients[count - 1] = 1e-7
      for _ in 0..<5 { try run.step(gradients) }
      let second = run.optimizer.copyMoments()[0].second
      #expect(second.allSatisfy { $0 > 0 })
      #expect(run.parameters.allSatisfy { abs($0) < 0.05 })
    }
  }
}
