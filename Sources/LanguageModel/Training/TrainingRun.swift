//===--- TrainingRun.swift - the loop -------------------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
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

  /// Starts a run, or goes on with the one in a folder.
  ///
  /// - Parameters:
  ///   - settings: What the run depends on.
  ///   - corpus: The text.
  ///   - folder: Where checkpoints go, and where one may be.
  /// - Throws: What the optimizer and its checkpoints throw, and ``RunError``.
  package init(
    _ settings: RunSettings, _ corpus: Corpus, folder: RunFolder? = nil
  ) throws {
    let layers = GPTLayers(settings.shape)
    validation = Batch.all(
      of: corpus.validation, sequences: settings.sequences,
      context: settings.shape.context)
    guard !validation.isEmpty else {
      throw CorpusError.tooShort(
        count: corpus.validation.count + corpus.training.count,
        needed: Corpus.blocksForEachValidationBlock
          * (settings.tokensPerStep + 1))
    }
    var optimizer = try settings.makeOptimizer(layers.plan.tensors)
    var parameters: [Float] = layers.plan.initialValues(seed: settings.seed)
    curve = try folder?.load(into: &optimizer, &parameters) ?? Curve()
    self.optimizer = optimizer
    self.parameters = parameters
    gradients = Array(repeating: 0, count: parameters.count)
    model = GPT(layers, sequences: settings.sequences)
    self.settings = settings
    self.corpus = corpus
    self.folder = folder
  }

  package var stepCount: Int { optimizer.stepCount }

  /// Trains up to some step, or to the last, which is told after each.
  package mutating func train(
    upTo step: Int = .max, report: (RunProgress) -> Void = { _ in }
  ) throws {
    let end = min(step, settings.steps)
    if curve.points.isEmpty { addPoint(trainingLoss: .nan, gradientNorm: .nan) }
    var losses = 0.0
    var lossCount = 0
    while optimizer.stepCount < end {
      let start = ContinuousClock.now
      let before = MatrixWork.sinceStart()
      let (loss, norm) = try makeStep()
      speed.add(
        tokens: settings.tokensPerStep, ContinuousClock.now - start,
        MatrixWork.sinceStart() - before)
      losses += loss
      lossCount += 1
      let done = optimizer.stepCount
      if done.isMultiple(of: settings.evaluationInterval)
        || done == settings.steps
      {
        addPoint(trainingLoss: losses / Double(lossCount), gradientNorm: norm)
        (losses, lossCount) = (0, 0)
        try folder?.save(curve, optimizer, parameters)
      }
      report(
        RunProgress(
          step: done, steps: settings.steps, loss: loss,
          validationLoss: curve.points.last?.validationLoss ?? .nan))
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

/// How far a run is.
package struct RunProgress: Sendable {
  package let step: Int
  package let steps: Int
  /// Of the step's batch.
  package let loss: Double
  /// The last that was measured.
  package let validationLoss: Double
}

/// How fast steps were, without evaluation and checkpoints.
package struct Speed: Sendable {
  package private(set) var tokens = 0
  package private(set) var seconds = 0.0
  package private(set) var matrixSeconds = 0.0
  package private(set) var operations = 0

  package var tokensPerSecond: Double {
    seconds > 0 ? Double(tokens) / seconds : 0
  }

  /// Operations a second within matrix products.
  package var matrixRate: Double {
    matrixSeconds > 0 ? Double(operations) / matrixSeconds : 0
  }

  mutating func add(tokens: Int, _ duration: Duration, _ work: MatrixWork) {
    self.tokens += tokens
    seconds += duration / .seconds(1)
    matrixSeconds += work.seconds
    operations += work.operations
  }
}
