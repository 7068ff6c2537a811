//===--- RareRun.swift - a run whose embedding is watched -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A run that has ended, and the rows of its embedding of characters.
package struct RareRun: Sendable {
  package let variant: RareVariant
  package let seed: UInt64
  /// The steps after which rows were measured.
  package let steps: [Int]
  /// The largest magnitude of an element in each symbol's row, after each of
  /// the steps.
  package let magnitudes: [[Double]]
  /// The validation loss after the last step, in nats a character.
  package let validationLoss: Double
  /// The loss of the characters behind rare ones, in nats a character.
  package let rareLoss: Double

  /// Makes a run.
  ///
  /// - Parameters:
  ///   - variant: The variant, which is part of the settings.
  ///   - settings: All settings of the run.
  ///   - corpus: The text.
  ///   - rare: The rare characters of the text.
  ///   - interval: The steps from one measurement to the next.
  ///   - report: Takes the loss of each batch.
  /// - Throws: The errors of the optimizer, and ``CorpusError`` for a text that
  ///   is too short.
  package init(
    _ variant: RareVariant, _ settings: RunSettings, _ corpus: Corpus,
    _ rare: RareSymbols, every interval: Int, report: (_ loss: Double) -> Void
  ) throws {
    var run = try TrainingRun(settings, corpus)
    var steps = [0]
    var magnitudes = [run.tokenMagnitudes]
    while run.stepCount < settings.steps {
      try run.train(upTo: run.stepCount + interval, report: report)
      steps.append(run.stepCount)
      magnitudes.append(run.tokenMagnitudes)
    }
    self.variant = variant
    seed = settings.seed
    self.steps = steps
    self.magnitudes = magnitudes
    validationLoss = run.curve.points.last?.validationLoss ?? .nan
    rareLoss = rare.loss(run.parameters, settings.shape)
  }

  /// The largest magnitude that an element in the row of a symbol had.
  package func largest(_ symbol: Int) -> Double {
    magnitudes.map { $0[symbol] }.max() ?? .nan
  }
}

extension TrainingRun where Worker: ~Copyable {
  /// The largest magnitude of an element in each row of the embedding of
  /// characters.
  fileprivate var tokenMagnitudes: [Double] {
    let parts = GPTLayers(settings.shape).parts
    guard let table = parts.first(where: { $0.name == GPTLayers.tokensName })
    else { preconditionFailure("the model has an embedding of characters") }
    let width = settings.shape.width
    return (0..<settings.shape.vocabulary).map { symbol in
      let start = table.elements.lowerBound + symbol * width
      return parameters[start..<start + width].reduce(0) {
        max($0, Double($1.magnitude))
      }
    }
  }
}
