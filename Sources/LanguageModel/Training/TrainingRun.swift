//===--- TrainingRun.swift - the loop -------------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import Layers

/// A run from its settings, or its last checkpoint, to its last step. A worker
/// makes the steps, alone or as one of several.
package struct TrainingRun<Worker: RunWorker & ~Copyable>: ~Copyable {
  package let settings: RunSettings
  package private(set) var curve: Curve
  /// The parameters; empty if weights are split.
  package private(set) var parameters: [Float]
  /// The model, if its weights are split.
  private var split: SplitModel?
  package private(set) var speed = Speed()
  /// The time of all backward passes of a worker that takes parts, with what it
  /// does as it takes these.
  private(set) var backwardTime = Duration.zero
  private(set) var worker: Worker
  private var gradients: [Float]
  private let model: GPT<Float>
  private let corpus: Corpus
  /// The sequences of a batch that the worker uses.
  private let share: Range<Int>
  private let validation: [Batch]
  private let folder: RunFolder?
  /// The losses of the steps since the last point of the curve.
  private var losses: LossSum

  /// Starts a run, or goes on with the run that the worker has loaded.
  ///
  /// - Parameters:
  ///   - settings: The settings of the run.
  ///   - corpus: The text.
  ///   - parameters: The parameters that the worker has loaded, or the first
  ///     ones.
  ///   - weights: The upper parts of weights that are split, in place of
  ///     parameters.
  ///   - folder: The folder of the curve; `nil` if another process writes the
  ///     curve.
  ///   - worker: The worker that makes the steps.
  /// - Throws: ``CorpusError`` for a text that is too short, and ``RunError``.
  init(
    _ settings: RunSettings, _ corpus: Corpus, parameters: [Float],
    weights: [BFloat16] = [], folder: RunFolder?, worker: consuming Worker
  ) throws {
    // All that can fail comes before the first member is set. The other order
    // released members that were not set, with Swift 6.3.1.
    let share = worker.share(of: settings.sequences)
    let validation = Batch.all(
      of: corpus.validation, sequences: settings.sequences,
      context: settings.shape.context
    ).map { $0.part(share, of: settings.sequences) }
    guard !validation.isEmpty else {
      throw CorpusError.tooShort(
        count: corpus.validation.count + corpus.training.count,
        needed: Corpus.length(forValidation: settings.tokensPerStep + 1))
    }
    let (curve, losses) =
      try worker.resumed.map(RunRecord.read) ?? (Curve(), LossSum())
    let layers = GPTLayers(settings.shape)
    let releases = settings.releasesGradients || worker.takesParts
    let largest = layers.parts.map(\.elements.count).max() ?? 0
    split =
      weights.isEmpty
      ? nil
      : SplitModel(
        weights, layers, releasing: settings.releasesGradients)
    gradients = Array(
      repeating: 0,
      count: releases && weights.isEmpty ? largest : parameters.count)
    model = GPT(layers, sequences: share.count)
    self.validation = validation
    self.curve = curve
    self.losses = losses
    self.parameters = parameters
    self.share = share
    self.worker = worker
    self.settings = settings
    self.corpus = corpus
    self.folder = folder
  }

  package var stepCount: Int { worker.stepCount }

  /// Whether the run has been asked to end, and has been saved.
  private(set) var hasEndedEarly = false

  /// The bytes that gradients take.
  package var gradientByteCount: Int {
    split?.gradientByteCount ?? gradients.count * MemoryLayout<Float>.stride
  }

  package var parameterCount: Int {
    split?.weights.count ?? parameters.count
  }

  /// The bytes that the model's parameters take.
  package var parameterByteCount: Int {
    parameterCount
      * (split == nil
        ? MemoryLayout<Float>.stride : MemoryLayout<BFloat16>.stride)
  }

  /// The parameters, put together of split weights as a model computes with
  /// them.
  package var values: [Float] { split?.weights.map(Float.init) ?? parameters }

  /// Trains up to a step, to the last one, or until the worker is asked to end,
  /// and calls `report` with the loss of each batch.
  package mutating func train(
    upTo step: Int = .max, report: (_ loss: Double) -> Void = { _ in }
  ) throws {
    let end = min(step, settings.steps)
    if curve.points.isEmpty {
      try addPoint(trainingLoss: .nan, gradientNorm: .nan)
    }
    while stepCount < end, !hasEndedEarly {
      let start = ContinuousClock.now
      let before = MatrixWork.sinceStart()
      let (loss, norm) = try makeStep()
      speed.add(
        tokens: settings.tokensPerStep, ContinuousClock.now - start,
        MatrixWork.sinceStart() - before)
      losses.add(loss)
      let done = stepCount
      if done.isMultiple(of: settings.evaluationInterval)
        || done == settings.steps
      {
        try addPoint(trainingLoss: losses.mean, gradientNorm: norm)
        losses = LossSum()
        try folder?.save(curve)
      }
      hasEndedEarly = try done < settings.steps && worker.isAskedToEnd()
      let record = RunRecord(curve, losses)
      let isLast = done == settings.steps || hasEndedEarly
      if let weights = split?.weights {
        try worker.save(weights, record, isLast: isLast)
      } else {
        try worker.save(parameters, record, isLast: isLast)
      }
      report(loss)
    }
    try worker.finish()
  }

  /// Makes steps without evaluations and checkpoints.
  package mutating func makeSteps(_ count: Int) throws {
    for _ in 0..<count { _ = try makeStep() }
  }

  private mutating func makeStep() throws -> (loss: Double, norm: Double) {
    let batch = Batch(
      of: corpus.training, seed: settings.seed, step: stepCount,
      sequences: settings.sequences, context: settings.shape.context
    ).part(share, of: settings.sequences)
    if split != nil { return try makeSplitStep(batch) }
    if settings.releasesGradients {
      var loss = 0.0
      let norm = try worker.openStep { step in
        loss = try unsafe model.loss(
          &parameters, batch, gradients: &gradients
        ) {
          try unsafe step.update($0.name, &$1, gradients: $2)
        }
      }
      return (loss, norm ?? .nan)
    }
    if worker.takesParts {
      var loss = 0.0
      let norm = try unsafe worker.step(&parameters) { parameters, take in
        var start = ContinuousClock.now
        loss = try unsafe model.loss(
          parameters, batch, gradients: &gradients
        ) {
          start = .now
        } take: {
          try unsafe take($0.name, $1)
        }
        backwardTime += .now - start
      }
      return (try worker.mean(loss), norm ?? .nan)
    }
    let loss = model.loss(parameters, batch, gradients: &gradients)
    let norm = try worker.step(&parameters, gradients: &gradients)
    return (try worker.mean(loss), norm ?? .nan)
  }

  private mutating func makeSplitStep(
    _ batch: Batch
  ) throws -> (loss: Double, norm: Double) {
    // The arrays of a model that is taken out are changed in place.
    guard var own = split.take() else {
      preconditionFailure("weights are not split")
    }
    defer { split = own }
    let (loss, norm) =
      settings.releasesGradients
      ? try own.openStep(model, batch, with: &worker)
      : try own.step(model, batch, with: &worker)
    return (loss, norm ?? .nan)
  }

  private mutating func addPoint(
    trainingLoss: Double, gradientNorm: Double
  ) throws {
    let losses = validation.map {
      split?.loss(model, $0) ?? model.loss(parameters, $0)
    }
    curve.points.append(
      CurvePoint(
        step: stepCount, tokens: stepCount * settings.tokensPerStep,
        trainingLoss: trainingLoss,
        validationLoss: try worker.mean(
          losses.reduce(0, +) / Double(losses.count)),
        gradientNorm: gradientNorm))
  }
}
