//===--- Comparison.swift - which runs, and what came out -----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// AdamW against AdEMAMix: the same learning rates for both, the best of each
/// with seeds of their own, and AdEMAMix in fewer steps.
package struct Comparison: Sendable {
  /// The grid, for both optimizers.
  package let learningRates: [Double]
  /// The seed of the runs that choose the learning rates.
  package let tuningSeed: UInt64
  /// Those of the runs that are compared.
  package let seeds: [UInt64]
  /// Lengths of AdEMAMix's shorter runs, as shares of all steps.
  package let shares: [Double]
  /// What runs have in common.
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

  /// The runs that the learning rates are chosen by.
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

  /// The learning rate of each optimizer whose run ends lowest.
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

  /// The steps of a run of so much of the whole length.
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

/// A run that has ended.
package struct RunResult: Sendable {
  package let settings: RunSettings
  package let curve: Curve

  package init(settings: RunSettings, curve: Curve) {
    self.settings = settings
    self.curve = curve
  }

  package var finalLoss: Double { curve.points.last?.validationLoss ?? .nan }

  /// The step at which a loss is reached, interpolated; `nil` if it never is.
  package func step(reaching loss: Double) -> Double? {
    guard
      let index = curve.points.firstIndex(where: { $0.validationLoss <= loss })
    else { return nil }
    let point = curve.points[index]
    guard index > 0 else { return Double(point.step) }
    let before = curve.points[index - 1]
    let share =
      (before.validationLoss - loss)
      / (before.validationLoss - point.validationLoss)
    return Double(before.step) + share * Double(point.step - before.step)
  }
}

extension RunSettings {
  /// A name that tells the run from others of a comparison.
  package var name: String {
    "\(optimizer.rawValue)-lr\(learningRate)-seed\(seed)-steps\(steps)"
  }
}
