//===--- LoneWorker.swift - one process, with checkpoints in one file -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix
internal import AdEMAMixCheckpoints
internal import Layers

/// A process that makes whole steps alone, and saves on a thread of its own.
package struct LoneWorker: ~Copyable {
  private var optimizer: AdEMAMix<Float>
  private var checkpoints: CheckpointManager<Float>?
  package let resumed: [String: String]?
  /// The settings in which the checkpoint differs, in words.
  let changedSettings: [String]

  /// Starts a run, or goes on from its newest checkpoint.
  ///
  /// - Parameters:
  ///   - settings: The settings of the run.
  ///   - plan: The parameters by name.
  ///   - parameters: The first parameters, unless a checkpoint has others;
  ///     empty afterwards if weights are split.
  ///   - weights: Becomes the upper parts of the weights, if weights are split.
  ///   - checkpoints: The checkpoints of the run.
  /// - Throws: The errors of the optimizer and its checkpoints.
  init(
    _ settings: RunSettings, _ plan: ParameterPlan,
    _ parameters: inout [Float], _ weights: inout [BFloat16],
    checkpoints: consuming CheckpointManager<Float>?
  ) throws {
    // A comparison makes several runs at a time, one on each core.
    var optimizer = try AdEMAMix<Float>(
      settings.layout(plan), clock: RunSettings.clock,
      weights: settings.weights, engine: settings.engine, threads: 1)
    optimizer.options = settings.options(count: plan.count)
    // The run may be longer than that of the checkpoint, and its schedules then
    // differ. The folder has made sure that all else is the same.
    let checkpoint: LoadedCheckpoint?
    if settings.weights == .scalar {
      checkpoint = try checkpoints?.resume(
        &optimizer, parameters: &parameters, keeping: .hyperparameters)
    } else {
      weights = Array(repeating: BFloat16(0), count: parameters.count)
      try optimizer.split(parameters, into: &weights)
      parameters = []
      checkpoint = try checkpoints?.resume(
        &optimizer, parameters: &weights, keeping: .hyperparameters)
    }
    resumed = checkpoint?.metadata
    changedSettings = checkpoint?.differences.map(\.description) ?? []
    self.optimizer = optimizer
    self.checkpoints = checkpoints
  }
}

extension LoneWorker: RunWorker {
  package var stepCount: Int { optimizer.stepCount }

  package func share(of sequences: Int) -> Range<Int> { 0..<sequences }

  package func mean(_ value: Double) -> Double { value }

  package func isAskedToEnd() -> Bool { false }

  package mutating func step(
    _ parameters: inout [Float], gradients: inout [Float]
  ) throws -> Double? {
    try optimizer.step(&parameters, gradients: gradients).gradientNorm
  }

  package mutating func openStep(
    _ body: (OpenStep<Float>) throws -> Void
  ) throws -> Double? {
    try optimizer.openStep(body).gradientNorm
  }

  package mutating func save(
    _ parameters: [Float], _ record: RunRecord, isLast: Bool
  ) throws {
    if isLast {
      try checkpoints?.save(
        optimizer, parameters: parameters, metadata: record.metadata)
    } else {
      try checkpoints?.saveIfDue(
        optimizer, parameters: parameters, metadata: record.metadata)
    }
  }

  package mutating func step(
    _ weights: inout [BFloat16], gradients: [BFloat16]
  ) throws -> Double? {
    try optimizer.step(&weights, gradients: gradients).gradientNorm
  }

  package mutating func save(
    _ weights: [BFloat16], _ record: RunRecord, isLast: Bool
  ) throws {
    if isLast {
      try checkpoints?.save(
        optimizer, parameters: weights, metadata: record.metadata)
    } else {
      try checkpoints?.saveIfDue(
        optimizer, parameters: weights, metadata: record.metadata)
    }
  }

  package mutating func finish() throws { try checkpoints?.finish() }
}

extension TrainingRun where Worker == LoneWorker {
  /// The settings in which the checkpoint that the run goes on from differs, in
  /// words.
  package var changedSettings: [String] { worker.changedSettings }

  /// Starts a run, or goes on with the run in a folder.
  ///
  /// - Parameters:
  ///   - settings: The settings of the run.
  ///   - corpus: The text.
  ///   - folder: The folder of the run; `nil` for a run that is not saved.
  ///   - interval: The steps from one checkpoint to the next. `nil` stands for
  ///     the steps from one evaluation to the next.
  /// - Throws: The errors of the optimizer and its checkpoints, ``CorpusError``
  ///   for a text that is too short, and ``RunError``.
  package init(
    _ settings: RunSettings, _ corpus: Corpus, folder: RunFolder? = nil,
    savingEvery interval: Int? = nil
  ) throws {
    let plan = GPTLayers(settings.shape).plan
    var parameters: [Float] = plan.initialValues(seed: settings.seed)
    var weights: [BFloat16] = []
    let worker = try LoneWorker(
      settings, plan, &parameters, &weights,
      checkpoints: folder?.checkpoints(
        every: interval ?? settings.evaluationInterval))
    try self.init(
      settings, corpus, parameters: parameters, weights: weights,
      folder: folder, worker: worker)
  }
}
