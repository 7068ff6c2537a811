//===--- RankWorker.swift - one of the ranks that share a batch -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix
internal import AdEMAMixCheckpoints
internal import AdEMAMixMPI
internal import Foundation
internal import Layers

/// A rank of an MPI job, which computes the gradient of its share of a batch,
/// and makes each step together with all other ranks.
struct RankWorker: ~Copyable {
  private let world: MPICommunicator
  private var optimizer: DistributedAdEMAMix<Float>
  private let folder: RunFolder?
  private let interval: Int
  let resumed: [String: String]?
  /// Whether gradients are sent while the backward pass goes on.
  let takesParts: Bool
  /// The time of all steps' parts.
  private(set) var times: RankTimes

  /// Starts a run, or goes on with the run in a folder, which any number of
  /// ranks may have saved.
  ///
  /// - Parameters:
  ///   - settings: The settings of the run.
  ///   - plan: The parameters by name.
  ///   - parameters: The first parameters, unless a checkpoint has others.
  ///   - world: All ranks, whose number must divide the sequences of a batch.
  ///   - placement: The ranks on which moments are kept.
  ///   - sending: The way in which gradients are sent.
  ///   - folder: The folder of the run, which all ranks must see.
  /// - Throws: The errors of the optimizer and its checkpoints.
  init(
    _ settings: RunSettings, _ plan: ParameterPlan,
    _ parameters: inout [Float], on world: consuming MPICommunicator,
    _ placement: StatePlacement, _ sending: GradientSending,
    folder: RunFolder?
  ) throws {
    let last = try folder.flatMap {
      // The first run finds no folder.
      try FileManager.default.createDirectory(
        atPath: $0.sharded, withIntermediateDirectories: true)
      return try ShardedCheckpoints.newestPath(in: $0.sharded)
    }
    let resumed = try last.map { try Checkpoint<Float>($0).metadata }
    var optimizer = try Self.optimizer(
      settings, plan, last, &parameters, on: world, placement)
    optimizer.options = settings.options(count: plan.count)
    optimizer.sendsBFloat16Gradients = sending.isNarrow
    // All ranks compute the same first parameters, unless the mathematics
    // libraries of their machines differ.
    try optimizer.broadcast(&parameters)
    self.resumed = resumed
    self.optimizer = optimizer
    self.world = world
    self.folder = folder
    interval = settings.evaluationInterval
    takesParts = sending.overlaps
    times = RankTimes()
  }

  private static func optimizer(
    _ settings: RunSettings, _ plan: ParameterPlan, _ checkpoint: String?,
    _ parameters: inout [Float], on world: borrowing MPICommunicator,
    _ placement: StatePlacement
  ) throws -> DistributedAdEMAMix<Float> {
    let engine = settings.storage.engine
    let layout = try settings.layout(plan)
    if let checkpoint {
      var optimizer = try DistributedAdEMAMix<Float>(
        checkpoint: checkpoint, parameters: &parameters, on: world,
        placement: placement, engine: engine, threads: 1)
      // The run may be longer than that of the checkpoint, and its schedules
      // then differ.
      var groups = layout.groups[...]
      try optimizer.updateGroups {
        $0.hyperparameters = groups.removeFirst().hyperparameters
      }
      return optimizer
    }
    return try DistributedAdEMAMix(
      layout, on: world, placement: placement,
      clock: RunSettings.clock, engine: engine, threads: 1)
  }

  /// The number of bytes of this rank's moments.
  var stateByteCount: Int { optimizer.state.stateByteCount }

  /// The mean of the steps' times over all ranks, in milliseconds.
  ///
  /// - Parameter backward: The time of this rank's backward passes.
  /// - Returns: The names of the times, and the times.
  /// - Throws: The errors of MPI.
  func meanTimes(backward: Duration) throws -> [(name: String, time: Double)] {
    let own = times.named(backward: backward)
    let sums = try world.sum(
      own.map { $0.time / .milliseconds(max(1, times.stepCount)) })
    return zip(own, sums).map { ($0.name, $1 / Double(world.size)) }
  }

  /// The number of bytes of all ranks' moments together.
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

  func isAskedToEnd() throws -> Bool {
    // A signal reaches ranks at different times.
    try world.sum([EndRequest.isMade ? 1 : 0])[0] > 0
  }

  mutating func step(
    _ parameters: inout [Float], gradients: inout [Float]
  ) throws -> Double? {
    let report = try optimizer.step(&parameters, gradients: &gradients)
    times.add(optimizer.timing)
    return report.gradientNorm
  }

  mutating func step(
    _ parameters: inout [Float],
    byParts body: (
      [Float], (String, UnsafeBufferPointer<Float>) throws -> Void
    ) throws -> Void
  ) throws -> Double? {
    let report = try optimizer.openStep(&parameters) { step, parameters in
      try unsafe body(parameters) {
        try unsafe step.update($0, gradients: $1)
      }
    }
    times.add(optimizer.timing)
    times.addOpenStep(optimizer.openStepTiming)
    return report.gradientNorm
  }

  mutating func openStep(
    _: (OpenStep<Float>) throws -> Void
  ) throws -> Double? {
    preconditionFailure("Ranks has no option for a part of the gradient")
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

  // A rank goes on only after it has saved, and so nothing is left to wait for.
  mutating func finish() {}
}

extension TrainingRun where Worker == RankWorker {
  /// Starts a run on several ranks, or goes on with the run in a folder.
  ///
  /// - Parameters:
  ///   - settings: The settings of the run.
  ///   - corpus: The text.
  ///   - world: All ranks, whose number must divide the sequences of a batch.
  ///   - placement: The ranks on which moments are kept.
  ///   - sending: The way in which gradients are sent.
  ///   - folder: The folder of the run; `nil` for a run that is not saved.
  /// - Throws: The errors of the optimizer and its checkpoints, ``CorpusError``
  ///   for a text that is too short, and ``RunError``.
  init(
    _ settings: RunSettings, _ corpus: Corpus,
    on world: consuming MPICommunicator, _ placement: StatePlacement,
    _ sending: GradientSending, folder: RunFolder?
  ) throws {
    let plan = GPTLayers(settings.shape).plan
    var parameters: [Float] = plan.initialValues(seed: settings.seed)
    let isFirst = world.rank == 0
    let worker = try RankWorker(
      settings, plan, &parameters, on: world, placement, sending,
      folder: folder)
    try self.init(
      settings, corpus, parameters: parameters,
      folder: isFirst ? folder : nil, worker: worker)
  }
}
#endif
