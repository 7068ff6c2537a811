//===--- SplitTests.swift - splitting a step changes no bit ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

/// Enough tiles for 16 threads; tensors end inside tiles and blocks.
private let sizes = [20_000, 1, 255, 257, 0, 777, 18_765]

@Suite struct `Splitting a step` {
  @Test(arguments: Engine.allCases)
  func `over threads changes no bit`(engine: Engine) throws {
    try expectThreadIndependence(engine, Float.self)
    try expectThreadIndependence(engine, Double.self)
  }

  private func expectThreadIndependence<Scalar: OptimizerScalar>(
    _ engine: Engine, _: Scalar.Type
  ) throws {
    var run = TrainingRun<Scalar>(sizes: sizes, steps: 5, engine: engine)
    let expected = try run.outcome()
    for threads in [2, 3, 4, 16] {
      run.threads = threads
      let isEqual = try run.outcome() == expected
      #expect(isEqual, "\(threads) threads")
    }
  }

  @Test(arguments: Engine.allCases, [2, 3, 5, 8])
  func `over shards changes no bit`(engine: Engine, shardCount: Int) throws {
    try expectShardIndependence(engine, Float.self) {
      $0.shards(shardCount, of: Float.self)
    }
    try expectShardIndependence(engine, Double.self) {
      $0.shards(shardCount, of: Double.self)
    }
  }

  @Test(arguments: [Engine.fused, .reference])
  func `anywhere changes no bit but through BLAS`(engine: Engine) throws {
    let cuts = [0, 5, 20_001, 20_013, 20_600, 23_457, 40_055]
    let shards = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
    try expectShardIndependence(engine, Float.self) { _ in shards }
    try expectShardIndependence(engine, Double.self) { _ in shards }
  }

  private func expectShardIndependence<Scalar: OptimizerScalar>(
    _ engine: Engine, _: Scalar.Type,
    shards: (ParameterLayout) -> [Range<Int>]
  ) throws {
    var run = TrainingRun<Scalar>(sizes: sizes, steps: 5, engine: engine)
    let expected = try run.outcome()
    let layout = try ParameterLayout([
      ParameterGroup("group", sizes: sizes, run.hyperparameters)
    ])
    var parameters: [Scalar] = []
    var (fast, slow, second) = ([Scalar](), [Scalar](), [Scalar]())
    for shard in shards(layout) {
      run.shard = shard
      let outcome = try run.outcome()
      parameters += outcome.parameters
      fast += outcome.moments[0].fast
      slow += outcome.moments[0].slow
      second += outcome.moments[0].second
    }
    // Compared here: listing what differs in so many takes minutes.
    let areParametersEqual = parameters == expected.parameters
    let moments = expected.moments[0]
    let areMomentsEqual =
      fast == moments.fast && slow == moments.slow && second == moments.second
    #expect(areParametersEqual)
    #expect(areMomentsEqual)
  }
}
