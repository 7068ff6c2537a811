//===--- RankWorker.swift - one rank of several, which share each batch ---===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix
internal import AdEMAMixCheckpoints
internal import AdEMAMixMPI
internal import Layers

/// A rank of an MPI job: it computes the gradient of its share of a batch, and
/// makes steps together with all others.
struct RankWorker: ~Copyable {
  private let world: Communicator
  private var optimizer: DistributedAdEMAMix<Float>
  private let folder: RunFolder?
  private let interval: Int
  let resumed: [String: String]?

  /// Starts, or goes on with the run in a folder, whatever the number of ranks
  /// that saved it.
  ///
  /// - Parameters:
  ///   - settings: What the run depends on.
  ///   - plan: The parameters by name.
  ///   - parameters: Those to start with; replaced by those of a checkpoint.
  ///   - world: All ranks, whose number divides the sequences of a batch.
  ///   - placement: Where the moments are.
  ///   - folder: Where a checkpoint may be, and others go: all ranks see it.
  /// - Throws: What the optimizer and its checkpoints throw.
  init(
    _ settings: RunSettings, _ plan: ParameterPlan,
    _ parameters: inout [Float], on world: consuming Communicator,
    _ placement: Placement, folder: RunFolder?
  ) throws {
    let last = try folder.flatMap {
      try ShardedCheckpoint<Float>.paths(in: $0.sharded).first
    }
    let resumed = try last.map { try ShardedCheckpoint<Float>($0).metadata }
    var optimizer = try Self.optimizer(
      settings, plan, last, &parameters, on: world, placement)
    optimizer.options = RunSettings.options
    // The same numbers, unless the machines' mathematics libraries differ.
    try optimizer.broadcast(&parameters)
    self.resumed = resumed
    self.optimizer = optimizer
    self.world = world
    self.folder = folder
    interval = settings.evaluationInterval
  }

  private static func optimizer(
    _ settings: RunSettings, _ plan: ParameterPlan, _ checkpoint: String?,
    _ parameters: inout [Float], on world: borrowing Communicator,
    _ placement: Placement
  ) throws -> DistributedAdEMAMix<Float> {
    let engine = settings.storage.engine
    if let checkpoint {
      return try DistributedAdEMAMix(
        checkpoint: checkpoint, parameters: &parameters, on: world,
        placement: placement, engine: engine, threads: 1)
    }
    return try DistributedAdEMAMix(
      settings.layout(plan), on: world, placement: placement,
      clock: RunSettings.clock, engine: engine, threads: 1)
  }

  /// The bytes of this rank's moments.
  var stateByteCount: Int { optimizer.stateByteCount }

  /// Those of all ranks' together.
  func totalStateByteCount() throws -> Int {
    Int(try world.sum([Double(stateByteCount)])[0])
  }
}

extension RankWorker: RunWorker {
  var stepCount: Int { optimizer.stepCount }

  func share(of sequences: Int) -> Range<Int> {
    let count = sequences / world.size
    return world.rank * count..<(world.rank + 1) * count
  }

  func mean(_ value: Double) throws -> Double {
    try world.sum([value])[0] / Double(world.size)
  }

  mutating func step(
    _ parameters: inout [Float], gradients: inout [Float]
  ) throws -> Double? {
    try optimizer.step(&parameters, gradients: &gradients).gradientNorm
  }

  mutating func save(
    _ parameters: [Float], _ record: RunRecord, isLast: Bool
  ) throws {
    guard let folder, isLast || stepCount.isMultiple(of: interval) else {
      return
    }
    try optimizer.save(
      in: folder.sharded, parameters: parameters, keepingLast: 2,
      metadata: record.metadata)
  }

  // Ranks save before they go on.
  mutating func finish() {}
}

extension TrainingRun where Worker == RankWorker {
  /// Starts a run on several ranks, or goes on with the one in a folder.
  ///
  /// - Parameters:
  ///   - settings: What the run depends on.
  ///   - corpus: The text.
  ///   - world: All ranks, whose number divides the sequences of a batch.
  ///   - placement: Where the moments are.
  ///   - folder: Where the curve and checkpoints go, and where one may be.
  /// - Throws: What the optimizer and its checkpoints throw, ``CorpusError`` for
  ///   a text that is too short, and ``RunError``.
  init(
    _ settings: RunSettings, _ corpus: Corpus,
    on world: consuming Communicator, _ placement: Placement,
    folder: RunFolder?
  ) throws {
    let plan = GPTLayers(settings.shape).plan
    var parameters: [Float] = plan.initialValues(seed: settings.seed)
    let isFirst = world.rank == 0
    let worker = try RankWorker(
      settings, plan, &parameters, on: world, placement, folder: folder)
    try self.init(
      settings, corpus, parameters: parameters,
      folder: isFirst ? folder : nil, worker: worker)
  }
}
#endif
