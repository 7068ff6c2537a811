//===--- RunSettings.swift - all that a training run depends on -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix
package import Layers

/// All settings that the curve of a run depends on.
package struct RunSettings: Sendable, Hashable, Codable {
  package var optimizer: OptimizerName
  /// The peak of the learning rate.
  package var learningRate: Double
  /// The seed of the first parameters and the order of the data.
  package var seed: UInt64
  package var steps: Int
  package var shape: GPTShape
  /// The ``Corpus/digest`` of the text.
  package var textDigest: UInt64
  /// The number of sequences in a batch.
  package var sequences = Self.defaultSequences
  package var alpha = 5.0
  package var beta3 = 0.99
  /// The number of steps in which alpha and beta3 rise. `nil` stands for all
  /// steps.
  package var slowWarmup: Int?
  package var weightDecay = 0.1
  /// The storage of the moments.
  package var storage = StorageName.full
  /// The form of the weights between two steps.
  package var weights: WeightFormat {
    get { form ?? .scalar }
    set { form = newValue == .scalar ? nil : newValue }
  }
  /// `nil` in the files of runs whose weights are `Float`.
  private var form: WeightFormat?
  package var evaluationInterval = 100
  /// Whether the memory of gradients is used again within a backward pass.
  package var releasesGradients: Bool {
    get { release ?? false }
    set { release = newValue ? true : nil }
  }
  /// `nil` in the files of runs that do not.
  private var release: Bool?
  /// The largest magnitude of the direction in the embedding of characters.
  /// `nil` is no limit.
  package var tokenLimit: Double?
  /// Whether the row of a character keeps its values and moments in steps whose
  /// batch does not have the character.
  package var skipsAbsentTokens: Bool {
    get { skip ?? false }
    set { skip = newValue ? true : nil }
  }
  /// `nil` in the files of runs that do not.
  private var skip: Bool?
  /// The factor of the learning rate in the embedding of characters. `nil`
  /// stands for 1.
  package var tokenRateFactor: Double?

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

  /// The engine of the steps: `blas`, the default, where everything is `Float`.
  var engine: StepEngine { weights == .scalar ? storage.engine : .fused }

  /// The number of characters in a step.
  package var tokensPerStep: Int { sequences * shape.context }

  /// The share of steps in which the learning rate rises.
  private static let warmupShare = 0.03
  /// The learning rate at the end, relative to the peak.
  private static let finalRate = 0.01
  /// The norm to which larger gradients are clipped.
  private static let largestNorm = 1.0

  /// The count that the first step shows to schedules: 1, as in the paper.
  static let clock = StepClock.fromOne

  /// The options of a step on `count` parameters, beside those of the update.
  func options(count: Int) -> StepOptions {
    var options = StepOptions()
    // A step that is open when the first gradient comes knows no global norm:
    // each tensor then gets its share.
    options.clipping =
      releasesGradients
      ? .blockRMS(Self.largestNorm / Double(count).squareRoot())
      : .globalNorm(Self.largestNorm)
    return options
  }

  /// The layout of the parameters, with their schedules and storage. The
  /// embedding of characters is a group of its own if it has a limit, skips
  /// characters, or has a factor of the learning rate.
  ///
  /// - Throws: `AdEMAMixError` for a value out of range.
  package func layout(
    _ plan: ParameterPlan
  ) throws(AdEMAMixError) -> ParameterLayout {
    let warmup = Int(Self.warmupShare * Double(steps))
    let hyperparameters = Hyperparameters(
      learningRate: .warmupCosine(
        peak: learningRate, warmup: warmup, total: steps,
        to: Self.finalRate * learningRate),
      weightDecay: .constant(weightDecay)
    ).warmingUp(
      alpha: optimizer == .adamw ? 0 : alpha, beta3: beta3,
      over: slowWarmup ?? steps)
    return try plan.layout(
      hyperparameters, storage: storage.storage, changing: separateTokens)
  }

  /// Makes a group of its own for the embedding of characters if the settings
  /// of this group are others.
  private func separateTokens(
    _ tensor: TensorSpec, from group: inout ParameterGroup
  ) {
    guard tensor.name == GPTLayers.tokensName,
      tokenLimit != nil || skipsAbsentTokens || tokenRateFactor != nil
    else { return }
    group.name = tensor.name
    group.directionLimit = tokenLimit
    group.skipsZeroGradients = skipsAbsentTokens
    group.learningRateFactor = tokenRateFactor ?? 1
  }
}

extension RunSettings {
  /// Whether other settings differ in more steps alone.
  func isExtended(by other: RunSettings) -> Bool {
    var longer = self
    longer.steps = other.steps
    return longer == other && other.steps > steps
  }

  /// The settings in which a run in a folder differs from this one, in words.
  package func differences(from stored: RunSettings) -> [String] {
    var differences: [String] = []
    func compare<Value: Equatable>(_ name: String, _ own: Value, _ other: Value)
    {
      if own != other {
        differences.append("\(name) \(other) there, \(own) here")
      }
    }
    compare("optimizer", optimizer, stored.optimizer)
    compare("learning-rate", learningRate, stored.learningRate)
    compare("seed", seed, stored.seed)
    compare("steps", steps, stored.steps)
    compare("vocabulary", shape.vocabulary, stored.shape.vocabulary)
    compare("context", shape.context, stored.shape.context)
    compare("width", shape.width, stored.shape.width)
    compare("heads", shape.heads, stored.shape.heads)
    compare("blocks", shape.blocks, stored.shape.blocks)
    compare("digest of the text", textDigest, stored.textDigest)
    compare("batch", sequences, stored.sequences)
    compare("alpha", alpha, stored.alpha)
    compare("beta3", beta3, stored.beta3)
    // A warm-up of all steps differs where the steps do.
    compare(
      "warm-up", slowWarmup.map(String.init) ?? "of all steps",
      stored.slowWarmup.map(String.init) ?? "of all steps")
    compare("weight decay", weightDecay, stored.weightDecay)
    compare("storage", storage, stored.storage)
    compare("weights", weights, stored.weights)
    compare("interval", evaluationInterval, stored.evaluationInterval)
    compare("gradient release", releasesGradients, stored.releasesGradients)
    compare(
      "limit of tokens", tokenLimit ?? .infinity,
      stored.tokenLimit ?? .infinity)
    compare(
      "skipping of tokens", skipsAbsentTokens, stored.skipsAbsentTokens)
    compare(
      "rate of tokens", tokenRateFactor ?? 1, stored.tokenRateFactor ?? 1)
    return differences
  }
}
