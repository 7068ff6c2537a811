//===--- LoneWorker.swift - one process, with checkpoints in one file -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import AdEMAMixCheckpoints
internal import Layers

/// One process that makes whole steps. It saves on a thread of its own.
package struct LoneWorker: ~Copyable {
  private var optimizer: AdEMAMix<Float>
  private var checkpoints: PeriodicCheckpoint<Float>?
  package let resumed: [String: String]?

  /// Starts, or goes on with the run in a folder.
  ///
  /// - Parameters:
  ///   - settings: What the run depends on.
  ///   - plan: The parameters by name.
  ///   - parameters: Those to start with; replaced by those of a checkpoint.
  ///   - checkpoints: Where one may be, and others go.
  /// - Throws: What the optimizer and its checkpoints throw.
  init(
    _ settings: RunSettings, _ plan: ParameterPlan,
    _ parameters: inout [Float],
    checkpoints: consuming PeriodicCheckpoint<Float>?
  ) throws {
    // Runs stand side by side, one on each core.
    var optimizer = try AdEMAMix<Float>(
      settings.layout(plan), clock: RunSettings.clock,
      engine: settings.storage.engine, threads: 1)
    optimizer.options = RunSettings.options
    resumed = try checkpoints?.resume(&optimizer, parameters: &parameters)?
      .metadata
    self.optimizer = optimizer
    self.checkpoints = checkpoints
  }
}

extension LoneWorker: RunWorker {
  package var stepCount: Int { optimizer.stepCount }

  package func share(of sequences: Int) -> Range<Int> { 0..<sequences }

  package func mean(_ value: Double) -> Double { value }

  package mutating func step(
    _ parameters: inout [Float], gradients: inout [Float]
  ) throws -> Double? {
    try optimizer.step(&parameters, gradients: gradients).gradientNorm
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

  package mutating func finish() throws { try checkpoints?.finish() }
}

extension TrainingRun where Worker == LoneWorker {
  /// Starts a run, or goes on with the one in a folder.
  ///
  /// - Parameters:
  ///   - settings: What the run depends on.
  ///   - corpus: The text.
  ///   - folder: Where checkpoints go, and where one may be.
  ///   - interval: The steps from one checkpoint to the next; `nil` is as often
  ///     as the run is evaluated.
  /// - Throws: What the optimizer and its checkpoints throw, ``CorpusError`` for
  ///   a text that is too short, and ``RunError``.
  package init(
    _ settings: RunSettings, _ corpus: Corpus, folder: RunFolder? = nil,
    savingEvery interval: Int? = nil
  ) throws {
    let plan = GPTLayers(settings.shape).plan
    var parameters: [Float] = plan.initialValues(seed: settings.seed)
    let worker = try LoneWorker(
      settings, plan, &parameters,
      checkpoints: folder?.checkpoints(
        every: interval ?? settings.evaluationInterval))
    try self.init(
      settings, corpus, parameters: parameters, folder: folder,
      worker: worker)
  }
}
