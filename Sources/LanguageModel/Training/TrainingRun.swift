//===--- TrainingRun.swift - the loop -------------------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import AdEMAMixCheckpoints
internal import Layers

/// A run: from its settings, or its last checkpoint, to its last step.
package struct TrainingRun: ~Copyable {
  package let settings: RunSettings
  package private(set) var curve: Curve
  package private(set) var parameters: [Float]
  package private(set) var speed = Speed()
  private var optimizer: AdEMAMix<Float>
  private var gradients: [Float]
  private let model: GPT<Float>
  private let corpus: Corpus
  private let validation: [Batch]
  private let folder: RunFolder?
  private var checkpoints: PeriodicCheckpoint<Float>?
  /// Those of the steps since the last point of the curve.
  private var losses: LossSum

  /// Starts a run, or goes on with the one in a folder.
  ///
  /// - Parameters:
  ///   - settings: What the run depends on.
  ///   - corpus: The text.
  ///   - folder: Where checkpoints go, and where one may be.
  ///   - interval: The steps from one checkpoint to the next; `nil` is as often
  ///     as the run is evaluated.
  /// - Throws: What the optimizer and its checkpoints throw, and ``RunError``.
  package init(
    _ settings: RunSettings, _ corpus: Corpus, folder: RunFolder? = nil,
    savingEvery interval: Int? = nil
  ) throws {
    let layers = GPTLayers(settings.shape)
    validation = Batch.all(
      of: corpus.validation, sequences: settings.sequences,
      context: settings.shape.context)
    guard !validation.isEmpty else {
      throw CorpusError.tooShort(
        count: corpus.validation.count + corpus.training.count,
        needed: Corpus.length(forValidation: settings.tokensPerStep + 1))
    }
    var optimizer = try settings.makeOptimizer(layers.plan)
    var parameters: [Float] = layers.plan.initialValues(seed: settings.seed)
    var curve = Curve()
    var losses = LossSum()
    var checkpoints = try folder?.checkpoints(
      every: interval ?? settings.evaluationInterval)
    if let last = try checkpoints?.resume(&optimizer, parameters: &parameters) {
      (curve, losses) = try RunRecord.read(last.metadata)
    }
    self.checkpoints = checkpoints
    self.curve = curve
    self.losses = losses
    self.optimizer = optimizer
    self.parameters = parameters
    gradients = Array(repeating: 0, count: parameters.count)
    model = GPT(layers, sequences: settings.sequences)
    self.settings = settings
    self.corpus = corpus
    self.folder = folder
  }

  package var stepCount: Int { optimizer.stepCount }

  /// Trains up to some step, or to the last. The loss of each batch is
  /// reported.
  package mutating func train(
    upTo step: Int = .max, report: (_ loss: Double) -> Void = { _ in }
  ) throws {
    let end = min(step, settings.steps)
    if curve.points.isEmpty { addPoint(trainingLoss: .nan, gradientNorm: .nan) }
    while optimizer.stepCount < end {
      let start = ContinuousClock.now
      let before = MatrixWork.sinceStart()
      let (loss, norm) = try makeStep()
      speed.add(
        tokens: settings.tokensPerStep, ContinuousClock.now - start,
        MatrixWork.sinceStart() - before)
      losses.add(loss)
      let done = optimizer.stepCount
      if done.isMultiple(of: settings.evaluationInterval)
        || done == settings.steps
      {
        addPoint(trainingLoss: losses.mean, gradientNorm: norm)
        losses = LossSum()
        try folder?.save(curve)
      }
      try save(isLast: done == settings.steps)
      report(loss)
    }
    try checkpoints?.finish()
  }

  /// Saves the state when it is due: on a thread of its own, but for the last.
  private mutating func save(isLast: Bool) throws {
    let record = RunRecord(curve, losses)
    if isLast {
      try checkpoints?.save(
        optimizer, parameters: parameters, metadata: record.metadata)
    } else {
      try checkpoints?.saveIfDue(
        optimizer, parameters: parameters, metadata: record.metadata)
    }
  }

  private mutating func makeStep() throws -> (loss: Double, norm: Double) {
    let batch = Batch(
      of: corpus.training, seed: settings.seed, step: optimizer.stepCount,
      sequences: settings.sequences, context: settings.shape.context)
    let loss = model.loss(parameters, batch, gradients: &gradients)
    let report = try optimizer.step(&parameters, gradients: gradients)
    return (loss, report.gradientNorm ?? .nan)
  }

  private mutating func addPoint(trainingLoss: Double, gradientNorm: Double) {
    let step = optimizer.stepCount
    let losses = validation.map { model.loss(parameters, $0) }
    curve.points.append(
      CurvePoint(
        step: step, tokens: step * settings.tokensPerStep,
        trainingLoss: trainingLoss,
        validationLoss: losses.reduce(0, +) / Double(losses.count),
        gradientNorm: gradientNorm))
  }
}
