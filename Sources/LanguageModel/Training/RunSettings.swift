//===--- RunSettings.swift - all that a training run depends on -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
package import Layers

/// Which optimizer trains. Both are one type: AdamW is AdEMAMix with alpha 0.
package enum OptimizerName: String, Codable, Sendable, CaseIterable {
  case adamw
  case ademamix
}

/// Everything that the curve of a run is a function of.
package struct RunSettings: Sendable, Hashable, Codable {
  package var optimizer: OptimizerName
  /// The peak of the learning rate.
  package var learningRate: Double
  /// Parameters at the start, and the order of the data.
  package var seed: UInt64
  package var steps: Int
  package var shape: GPTShape
  /// The ``Corpus/digest`` of the text.
  package var textDigest: UInt64
  /// Sequences in a batch.
  package var sequences = Self.defaultSequences
  package var alpha = 5.0
  package var beta3 = 0.99
  package var weightDecay = 0.1
  /// Of the moments.
  package var storage = StorageName.full
  package var evaluationInterval = 100

  package init(
    _ optimizer: OptimizerName, learningRate: Double, seed: UInt64, steps: Int,
    shape: GPTShape, textDigest: UInt64
  ) {
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.seed = seed
    self.steps = steps
    self.shape = shape
    self.textDigest = textDigest
  }

  static let defaultSequences = 16

  /// Characters that a step trains on.
  package var tokensPerStep: Int { sequences * shape.context }

  /// The share of steps in which the learning rate rises.
  private static let warmupShare = 0.03
  /// The learning rate at the end, relative to the peak.
  private static let finalRate = 0.01
  /// The largest norm that a gradient is left with.
  private static let largestNorm = 1.0

  /// Which count the first step shows to schedules.
  static let clock = StepClock.fromOne

  /// What steps do around the update.
  static var options: StepOptions {
    var options = StepOptions()
    options.clipping = .globalNorm(largestNorm)
    return options
  }

  /// Tensors, schedules and storage.
  ///
  /// - Throws: `AdEMAMixError` for a value out of range.
  func layout(
    _ plan: ParameterPlan
  ) throws(AdEMAMixError) -> ParameterLayout {
    let warmup = Int(Self.warmupShare * Double(steps))
    let hyperparameters = Hyperparameters(
      learningRate: .warmupCosine(
        peak: learningRate, warmup: warmup, total: steps,
        to: Self.finalRate * learningRate),
      weightDecay: .constant(weightDecay)
    ).warmingUp(
      alpha: optimizer == .adamw ? 0 : alpha, beta3: beta3, over: steps)
    return try plan.layout(hyperparameters, storage: storage.storage)
  }
}
