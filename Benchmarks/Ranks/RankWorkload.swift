//===--- RankWorkload.swift - steps on all ranks, and their parts ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI

/// The calls that all ranks make together, each with all parameters and a
/// gradient.
@safe struct RankWorkload<Scalar: OptimizerScalar>: ~Copyable {
  private var sharded: DistributedAdEMAMix<Scalar>
  /// The same, but for the size of the chunks.
  private var whole: DistributedAdEMAMix<Scalar>
  private var replicated: DistributedAdEMAMix<Scalar>
  /// This rank's shard, by itself.
  private var alone: AdEMAMix<Scalar>
  private let parameters: MemoryStream<Scalar>
  private let gradients: MemoryStream<Scalar>

  init(
    count: Int, on world: borrowing MPICommunicator, engine: StepEngine,
    threads: Int,
    pieceCount: Int?
  ) throws {
    // So slow that parameters stay near where they start.
    let layout = try ParameterLayout([
      ParameterGroup(
        "flat", sizes: [count],
        Hyperparameters(learningRate: 1e-6, weightDecay: 0.1))
    ])
    func optimizer(
      _ placement: StatePlacement, _ pieceCount: Int?
    ) throws -> DistributedAdEMAMix<Scalar> {
      try DistributedAdEMAMix(
        layout, on: world, placement: placement, engine: engine,
        threads: threads, pieceCount: pieceCount)
    }
    let sharded = try optimizer(.sharded, pieceCount)
    let whole = try optimizer(.sharded, min(count, (1 << 30) / world.size))
    let replicated = try optimizer(.replicated, pieceCount)
    let alone = try AdEMAMix<Scalar>(
      layout, shard: sharded.shard, engine: engine, threads: threads)
    let parameters = try MemoryStream<Scalar>(counts: [count], slot: 3) {
      scattered($0)
    }
    let gradients = try MemoryStream<Scalar>(counts: [count], slot: 4) {
      scattered($0 + world.rank + 1)
    }
    self.sharded = sharded
    self.whole = whole
    self.replicated = replicated
    self.alone = alone
    self.parameters = parameters
    self.gradients = gradients
  }

  /// Times each once.
  mutating func run(
    on world: borrowing MPICommunicator, _ clocks: inout RankClocks
  ) throws {
    let parameters = unsafe parameters.parts[0]
    let gradients = unsafe gradients.parts[0]
    try clocks.time(.sharded, world) {
      try unsafe sharded.step(parameters, gradients: gradients)
    }
    clocks.add(.waitForGradients, sharded.timing.reducing)
    clocks.add(.work, sharded.timing.updating)
    clocks.add(.waitForParameters, sharded.timing.gathering)
    try clocks.time(.oneChunk, world) {
      try unsafe whole.step(parameters, gradients: gradients)
    }
    try clocks.time(.reduceScatter, world) {
      try unsafe sharded.exchangeAlone(
        parameters, gradients: gradients, reducing: true, gathering: false)
    }
    try clocks.time(.update, world) {
      let shard = alone.shard
      var own = unsafe UnsafeMutableBufferPointer(rebasing: parameters[shard])
      try unsafe alone.step(
        &own, gradients: UnsafeBufferPointer(rebasing: gradients[shard]))
    }
    try clocks.time(.allGather, world) {
      try unsafe sharded.exchangeAlone(
        parameters, gradients: gradients, reducing: false, gathering: true)
    }
    try clocks.time(.agreement, world) { try sharded.agreeAlone() }
    try clocks.time(.replicated, world) {
      try unsafe replicated.step(parameters, gradients: gradients)
    }
  }

  /// The conditions of the measurement.
  func setting(scalar: ScalarName, threads: Int) -> RankSetting {
    RankSetting(
      ranks: sharded.rankCount, scalar: scalar, threads: threads,
      count: sharded.layout.count, pieceCount: sharded.pieceCount,
      stateBytes: sharded.state.stateByteCount,
      wholeStateBytes: replicated.state.stateByteCount,
      chunkBytes: sharded.chunkByteCount)
  }
}
#endif
