//===--- SplitTests.swift - splitting a step changes no bit ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

/// Enough tiles for 16 threads; tensors end inside tiles and blocks.
private let sizes = [20_000, 1, 255, 257, 0, 777, 18_765]

@Suite struct `Splitting a step` {
  @Test(arguments: StepEngine.allCases)
  func `over threads changes no bit`(engine: StepEngine) throws {
    try expectThreadIndependence(engine, Float.self)
    try expectThreadIndependence(engine, Double.self)
  }

  private func expectThreadIndependence<Scalar: OptimizerScalar>(
    _ engine: StepEngine, _: Scalar.Type
  ) throws {
    let scenario = Scenario.steps(5, sizes: sizes, engine: engine)
    let expected = try scenario.run(of: Scalar.self).bits
    for threads in [2, 3, 4, 16] {
      let run = try scenario.computed(threads: threads).run(of: Scalar.self)
      let isEqual = run.bits == expected
      #expect(isEqual, "\(threads) threads")
    }
  }

  @Test(arguments: StepEngine.allCases, [2, 3, 5, 8])
  func `over shards changes no bit`(engine: StepEngine, shardCount: Int) throws
  {
    try expectShardIndependence(engine, Float.self) {
      $0.shards(shardCount, of: Float.self)
    }
    try expectShardIndependence(engine, Double.self) {
      $0.shards(shardCount, of: Double.self)
    }
  }

  @Test(arguments: [StepEngine.fused, .reference])
  func `anywhere changes no bit but through BLAS`(engine: StepEngine) throws {
    let cuts = [0, 5, 20_001, 20_013, 20_600, 23_457, 40_055]
    let shards = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
    try expectShardIndependence(engine, Float.self) { _ in shards }
    try expectShardIndependence(engine, Double.self) { _ in shards }
  }

  private func expectShardIndependence<Scalar: OptimizerScalar>(
    _ engine: StepEngine, _: Scalar.Type,
    shards: (ParameterLayout) -> [Range<Int>]
  ) throws {
    let scenario = Scenario.steps(5, sizes: sizes, engine: engine)
    let expected = try scenario.run(of: Scalar.self)
    let joined = try scenario.joined(shards(scenario.layout()), Scalar.self)
    // Compared here: listing what differs in so many takes minutes.
    let areParametersEqual = joined.parameters == expected.parameters
    #expect(areParametersEqual)
    let areMomentsEqual = joined.moments == expected.optimizer.copyMoments()[0]
    #expect(areMomentsEqual)
  }
}

extension Scenario {
  /// The parameters and moments of one group after a run on each shard alone.
  func joined<Scalar: OptimizerScalar>(
    _ shards: [Range<Int>], _: Scalar.Type
  ) throws -> (parameters: [Scalar], moments: GroupMoments<Scalar>) {
    var parameters: [Scalar] = []
    var moments = GroupMoments<Scalar>(
      stepCount: events.count, fast: [], slow: [], second: [])
    for shard in shards {
      let run = try run(of: Scalar.self, shard: shard)
      parameters += run.parameters
      let own = run.optimizer.copyMoments()[0]
      moments.fast += own.fast
      moments.slow += own.slow
      moments.second += own.second
    }
    return (parameters, moments)
  }
}
