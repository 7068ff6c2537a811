//===--- Comparison.swift - the runs of a comparison ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A comparison of AdamW and AdEMAMix. Both optimizers try the same learning
/// rates, and run with the best rate and other seeds. AdEMAMix also runs with
/// fewer steps.
package struct Comparison: Sendable {
  /// The learning rates that both optimizers try.
  package let learningRates: [Double]
  /// The seed of the runs that choose the learning rates.
  package let tuningSeed: UInt64
  /// The seeds of the runs that are compared.
  package let seeds: [UInt64]
  /// Lengths of AdEMAMix's shorter runs, as shares of all steps.
  package let shares: [Double]
  /// The settings that all runs share.
  package let settings: RunSettings

  package init(
    learningRates: [Double], tuningSeed: UInt64, seeds: [UInt64],
    shares: [Double], settings: RunSettings
  ) {
    self.learningRates = learningRates
    self.tuningSeed = tuningSeed
    self.seeds = seeds
    self.shares = shares
    self.settings = settings
  }

  /// The runs that choose the learning rates.
  package var grid: [RunSettings] {
    learningRates.flatMap { rate in
      OptimizerName.allCases.map { settings(of: $0, rate, seed: tuningSeed) }
    }
  }

  /// The runs with the best learning rates.
  package func repetitions(_ best: [OptimizerName: Double]) -> [RunSettings] {
    seeds.flatMap { seed in
      OptimizerName.allCases.flatMap { optimizer -> [RunSettings] in
        guard let rate = best[optimizer] else { return [] }
        let lengths = optimizer == .ademamix ? [1] + shares : [1]
        return lengths.map {
          settings(of: optimizer, rate, seed: seed, share: $0)
        }
      }
    }.sorted { $0.steps > $1.steps }
  }

  /// The learning rate of each optimizer with the lowest final loss.
  package func best(of results: [RunResult]) -> [OptimizerName: Double] {
    var best: [OptimizerName: RunResult] = [:]
    for result in results where result.finalLoss.isFinite {
      let optimizer = result.settings.optimizer
      if let other = best[optimizer], other.finalLoss <= result.finalLoss {
        continue
      }
      best[optimizer] = result
    }
    return best.mapValues(\.settings.learningRate)
  }

  /// The steps of a run that has a share of all steps.
  func steps(share: Double) -> Int {
    Self.steps(share: share, of: settings.steps)
  }

  static func steps(share: Double, of steps: Int) -> Int {
    Int((share * Double(steps)).rounded())
  }

  private func settings(
    of optimizer: OptimizerName, _ rate: Double, seed: UInt64,
    share: Double = 1
  ) -> RunSettings {
    var settings = settings
    settings.optimizer = optimizer
    settings.learningRate = rate
    settings.seed = seed
    settings.steps = steps(share: share)
    return settings
  }
}

extension RunSettings {
  /// A name that no other run of a comparison has.
  package var name: String {
    let form = StorageVariant(storage, weights)
    let words = [
      optimizer.rawValue, "lr\(learningRate)", "seed\(seed)", "steps\(steps)",
    ]
    return (words + (form == StorageVariant.all[0] ? [] : [form.fileName]))
      .joined(separator: "-")
  }
}
