//===--- StorageTests.swift - moments in fewer bits -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

/// The presets, each format in each moment that can have it, and a mixture.
private let storages: [MomentStorage] = [
  .compact, .minimal, .compactOfVersion2, .minimalOfVersion2,
  MomentStorage(fast: .blockFloat16, slow: .bfloat16, second: .blockFloat8),
  MomentStorage(fast: .blockInt16, slow: .bfloat16, second: .blockInt16),
  MomentStorage(fast: .scalar, slow: .blockInt16, second: .scalar),
]

/// Tensors that end inside blocks, and one that has many.
private let sizes = [20_000, 1, 255, 257, 0, 777, 18_765]

@Suite struct `Moments in fewer bits` {
  private func scenario(
    _ storage: MomentStorage, sizes: [Int] = sizes, beta1: Double = 0.9
  ) -> Scenario {
    .steps(12, sizes: sizes, beta1: beta1, storage: storage, engine: .fused)
  }

  @Test(arguments: storages)
  func `have the same bits for any threads`(storage: MomentStorage) throws {
    let scenario = scenario(storage)
    let expected = try scenario.run(of: Float.self).bits
    for threads in [2, 3, 16] {
      let run = try scenario.computed(threads: threads).run(of: Float.self)
      let isEqual = run.bits == expected
      #expect(isEqual, "\(threads) threads")
    }
  }

  @Test(arguments: storages)
  func `have the same bits for every instruction set`(
    storage: MomentStorage
  ) throws {
    let scenario = scenario(storage)
    let expected = try scenario.computed(instructionSet: .baseline)
      .run(of: Float.self).bits
    for set in InstructionSet.available {
      let run = try scenario.computed(instructionSet: set).run(of: Float.self)
      let isEqual = run.bits == expected
      #expect(isEqual, "\(set)")
    }
  }

  @Test(arguments: storages)
  func `have the same bits in shards`(storage: MomentStorage) throws {
    let scenario = scenario(storage)
    let expected = try scenario.run(of: Float.self)
    let shards = try scenario.layout().shards(5, of: Float.self)
    let (parameters, moments) = try scenario.joined(shards, Float.self)
    let areEqual =
      parameters == expected.parameters
      && moments == expected.optimizer.copyMoments()[0]
    #expect(areEqual)
  }

  @Test(arguments: storages, [0.9, 0])
  func `have the same bits with options that change nothing`(
    storage: MomentStorage, beta1: Double
  ) throws {
    var scenario = scenario(storage, beta1: beta1)
    let expected = try scenario.run(of: Float.self).bits
    scenario.options.measuresDiagnostics = true
    scenario.options.clipping = .globalNorm(1e9)
    let isEqual = try scenario.run(of: Float.self).bits == expected
    #expect(isEqual)
  }

  @Test(arguments: storages)
  func `are rounded by seed, step and index alone`(
    storage: MomentStorage
  ) throws {
    let scenario = scenario(storage, sizes: [1000, 1000])
    let first = try scenario.run(of: Float.self)
    let other = try scenario.with(\.groups[0].storage.seed, 1)
      .run(of: Float.self)
    let isOther = other.bits != first.bits
    #expect(isOther)
    // The elements of the second tensor, as the only ones of a shard.
    let half = try scenario.run(of: Float.self, shard: 1000..<2000)
    let isSame = half.parameters == Array(first.parameters[1000...])
    #expect(isSame)
  }

  @Test func `take the bytes that are told beforehand`() throws {
    let settings = Hyperparameters(learningRate: 1)
    let layout = try ParameterLayout([
      ParameterGroup("a", sizes: [5_000, 3], settings, storage: .minimal),
      ParameterGroup("b", sizes: [700], settings.with(\.beta1, 0)),
      ParameterGroup("c", sizes: [900], settings, isFrozen: true),
      ParameterGroup("d", sizes: [1], settings, storage: .compact),
    ])
    for shard in [0..<layout.count, 256..<5_100, 10..<10] {
      for weights in WeightFormat.allCases {
        let told = try AdEMAMix<Float>.stateByteCount(
          of: layout, shard: shard, weights: weights)
        let optimizer = try AdEMAMix<Float>(
          layout, shard: shard, weights: weights, engine: .fused)
        #expect(told == optimizer.stateByteCount)
      }
    }
    #expect(
      throws: AdEMAMixError.shardOutOfRange(1..<9_999, count: layout.count)
    ) {
      try AdEMAMix<Float>.stateByteCount(of: layout, shard: 1..<9_999)
    }
    #expect(throws: AdEMAMixError.storageNeedsFloat(group: "a")) {
      try AdEMAMix<Double>.stateByteCount(of: layout)
    }
    // Far more than there is memory for.
    let large = try ParameterLayout([
      ParameterGroup("a", sizes: [ParameterLayout.largestCount], settings)
    ])
    #expect(try AdEMAMix<Float>.stateByteCount(of: large) > 12 << 48)
  }

  @Test func `take the bytes that they promise`() throws {
    let count = 1 << 20
    func bytes(_ storage: MomentStorage, beta1: Double = 0.9) throws -> Double {
      let optimizer = try AdEMAMix<Float>(
        [
          ParameterGroup(
            "group", sizes: [count],
            Hyperparameters(learningRate: 1, beta1: beta1), storage: storage)
        ], engine: .fused)
      return Double(optimizer.stateByteCount) / Double(count)
    }
    // Up to 32 KiB of them are for alignment.
    let padding = 32.0 * 1024 / Double(count)
    let tops = 4.0 / 256
    for (storage, expected) in [
      (.full, 12), (.compact, 6 + 2 * tops), (.minimal, 4 + 3 * tops),
      (.compactOfVersion2, 6 + 2 * tops), (.minimalOfVersion2, 4 + 3 * tops),
    ] as [(MomentStorage, Double)] {
      let actual = try bytes(storage)
      #expect(actual >= expected && actual <= expected + padding)
    }
    #expect(try bytes(.minimal, beta1: 0) < 3 + 2 * tops + padding)
  }

  @Test func `need the fused engine`() throws {
    let group = ParameterGroup(
      "g", sizes: [3], Hyperparameters(learningRate: 1), storage: .compact)
    for engine in [StepEngine.blas, .reference] {
      #expect(
        throws: AdEMAMixError.storageNeedsFusedEngine(engine, group: "g")
      ) {
        _ = try AdEMAMix<Float>([group], engine: engine)
      }
    }
    var optimizer = try AdEMAMix<Float>([group], engine: .fused)
    var parameters: [Float] = [1, 2, 3]
    optimizer.engine = .blas
    #expect(throws: AdEMAMixError.storageNeedsFusedEngine(.blas, group: "g")) {
      try optimizer.step(&parameters, gradients: [1, 1, 1])
    }
    #expect(parameters == [1, 2, 3] && optimizer.stepCount == 0)
    optimizer.engine = .fused
    try optimizer.step(&parameters, gradients: [1, 1, 1])
    #expect(optimizer.stepCount == 1)
  }

  @Test func `are for Float, and m2 is not for 8 bits`() throws {
    let group = ParameterGroup(
      "g", sizes: [3], Hyperparameters(learningRate: 1), storage: .compact)
    #expect(throws: AdEMAMixError.storageNeedsFloat(group: "g")) {
      _ = try AdEMAMix<Double>([group], engine: .fused)
    }
    var other = group
    for format in [MomentFormat.blockInt8, .blockFloat8] {
      other.storage = MomentStorage(slow: format)
      #expect(
        throws: AdEMAMixError.unsuitableFormat(format, .slow, group: "g")
      ) {
        _ = try AdEMAMix<Float>([other], engine: .fused)
      }
    }
  }

  /// Bounds of what the nearest code of m2 is off by: half a unit of the
  /// largest element, or of each.
  @Test(arguments: [
    (MomentStorage.compactOfVersion2, 3e-5), (.compact, 1.5e-4),
  ])
  func `can be converted between two steps`(
    storage: MomentStorage, slowBound: Double
  ) throws {
    var random = RandomNumbers(seed: 5)
    var parameters: [Float] = random.numbers(700)
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "g", sizes: [300, 400], Hyperparameters(learningRate: 0.01))
      ], engine: .fused)
    try optimizer.step(&parameters, gradients: random.numbers(700))
    let full = optimizer.copyMoments()[0]
    try optimizer.updateGroup("g") { $0.storage = storage }
    let compact = optimizer.copyMoments()[0]
    #expect(relativeDistance(compact.fast, full.fast) < 2e-3)
    #expect(relativeDistance(compact.slow, full.slow) < slowBound)
    #expect(relativeDistance(compact.second, full.second) < 2e-4)
    #expect(optimizer.stateByteCount < 12 * 700)

    // The scalar type holds all numbers that 16 bits hold.
    try optimizer.updateGroup("g") { $0.storage = .full }
    #expect(optimizer.copyMoments()[0] == compact)
    #expect(
      throws: AdEMAMixError.unsuitableFormat(.blockInt8, .slow, group: "g")
    ) {
      try optimizer.updateGroup("g") { $0.storage.slow = .blockInt8 }
    }
    #expect(optimizer.layout.groups[0].storage == .full)
  }

  @Test(arguments: storages)
  func `are cloned and restored`(storage: MomentStorage) throws {
    var random = RandomNumbers(seed: 9)
    var parameters: [Float] = random.numbers(700)
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "g", sizes: [300, 400], Hyperparameters(learningRate: 0.01),
          storage: storage)
      ], engine: .fused)
    for _ in 0..<3 {
      try optimizer.step(&parameters, gradients: random.numbers(700))
    }
    let moments = optimizer.copyMoments()
    let clone = try optimizer.copy()
    #expect(clone.copyMoments() == moments)
    try optimizer.resetSlowMoment()
    #expect(optimizer.copyMoments()[0].slow.allSatisfy { $0 == 0 })
    try optimizer.restore(stepCount: 3, moments: moments)
    let restored = optimizer.copyMoments()[0]
    for (mine, expected, bound) in [
      (restored.fast, moments[0].fast, 1e-2),
      (restored.slow, moments[0].slow, 3e-3),
      (restored.second, moments[0].second, 1e-2),
    ] {
      #expect(relativeDistance(mine, expected) < bound)
    }
  }
}

/// The norm of a difference over that of what is expected.
func relativeDistance(_ actual: [Float], _ expected: [Float]) -> Double {
  let squares = zip(actual, expected).reduce((0.0, 0.0)) {
    let difference = Double($1.0) - Double($1.1)
    return ($0.0 + difference * difference, $0.1 + Double($1.1) * Double($1.1))
  }
  return (squares.0 / squares.1).squareRoot()
}
