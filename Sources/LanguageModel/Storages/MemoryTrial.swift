//===--- MemoryTrial.swift - a model to measure ---------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import Layers

/// A model that is trained for a few steps to see the memory that it takes.
struct MemoryTrial {
  let settings: RunSettings
  private let layers: GPTLayers

  /// - Parameters:
  ///   - variant: The forms of moments and weights.
  ///   - releasesGradients: Whether the memory of gradients is used again
  ///     within a backward pass.
  ///   - width: The width of the model, a multiple of 8.
  ///   - blocks: The number of blocks.
  ///   - corpus: The text.
  init(
    _ variant: StorageVariant, releasesGradients: Bool, width: Int, blocks: Int,
    _ corpus: Corpus
  ) {
    let steps = 2
    // One short sequence: activations take a hundredth of the parameters.
    var settings = RunSettings(
      .ademamix, learningRate: 1e-3, seed: 1, steps: steps,
      shape: GPTShape(
        vocabulary: corpus.vocabulary.count, context: 16, width: width,
        heads: 8, blocks: blocks),
      textDigest: corpus.digest)
    settings.sequences = 1
    settings.storage = variant.storage
    settings.weights = variant.weights
    settings.releasesGradients = releasesGradients
    self.settings = settings
    layers = GPTLayers(settings.shape)
  }

  var parameterCount: Int { layers.plan.count }

  /// The bytes of weights, gradients and state, known before any of these is
  /// there. A model of split weights takes the `Float` memory of one part more.
  ///
  /// - Throws: `AdEMAMixError` for settings out of range.
  func predictedByteCount() throws -> Int {
    let state = try AdEMAMix<Float>.stateByteCount(
      of: settings.layout(layers.plan), weights: settings.weights)
    let element =
      settings.weights == .scalar
      ? MemoryLayout<Float>.stride : MemoryLayout<BFloat16>.stride
    let gradientCount =
      settings.releasesGradients
      ? layers.parts.map(\.elements.count).max() ?? 0 : parameterCount
    return state + element * (parameterCount + gradientCount)
  }

  /// Trains the model.
  ///
  /// - Throws: The errors of the run.
  func run(_ corpus: Corpus) throws {
    var run = try TrainingRun(settings, corpus)
    try run.makeSteps(settings.steps)
  }
}
