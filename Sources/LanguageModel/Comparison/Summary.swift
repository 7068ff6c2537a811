//===--- Summary.swift - losses and steps, over the seeds -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Numerals
internal import Plots

/// The results of a comparison, as text and tables.
package struct Summary {
  let comparison: Comparison
  let grid: [RunResult]
  private let repetitions: [RunResult]

  package init(
    _ comparison: Comparison, grid: [RunResult], repetitions: [RunResult]
  ) {
    self.comparison = comparison
    self.grid = grid
    self.repetitions = repetitions
  }

  /// The runs of an optimizer with a share of all steps, in the order of their
  /// seeds.
  func results(
    _ optimizer: OptimizerName, share: Double = 1
  ) -> [RunResult] {
    let steps = comparison.steps(share: share)
    return repetitions.filter {
      $0.settings.optimizer == optimizer && $0.settings.steps == steps
    }.sorted { $0.settings.seed < $1.settings.seed }
  }

  /// The results in words.
  package var text: String {
    var lines = [
      "Final validation loss in nats a character, seed "
        + "\(comparison.tuningSeed), by learning rate:"
    ]
    for result in grid {
      lines.append(
        "  \(result.settings.optimizer.rawValue) "
          + "\(result.settings.learningRate): "
          + result.finalLoss.text(decimals: 4)
      )
    }
    let adamw = results(.adamw)
    let ademamix = results(.ademamix)
    lines.append(
      "At the best, \(comparison.seeds.count) seeds, ± standard deviation:")
    for results in [adamw, ademamix] {
      guard let first = results.first else { continue }
      lines.append(
        "  \(first.settings.optimizer.rawValue), \(first.settings.steps) steps: "
          + Spread(results.map(\.finalLoss)).text())
    }
    for share in comparison.shares {
      let results = results(.ademamix, share: share)
      guard let first = results.first else { continue }
      lines.append(
        "  ademamix, \(first.settings.steps) steps: "
          + Spread(results.map(\.finalLoss)).text())
    }
    return (lines + [crossing(adamw, ademamix), headline]).joined(
      separator: "\n")
  }

  /// The share of the steps after which AdEMAMix's full run reaches AdamW's
  /// final loss, averaged over the seeds.
  private func crossing(
    _ adamw: [RunResult], _ ademamix: [RunResult]
  ) -> String {
    guard adamw.contains(where: \.finalLoss.isFinite) else {
      return "No run of AdamW ends with a finite loss."
    }
    let pairs = zip(adamw, ademamix).filter { $0.0.finalLoss.isFinite }
    let shares = pairs.map { adamw, ademamix in
      ademamix.step(reaching: adamw.finalLoss).map {
        $0 / Double(adamw.settings.steps)
      }
    }
    let reached = shares.compactMap { $0 }
    guard reached.count == shares.count, !reached.isEmpty else {
      return "AdEMAMix's full run reaches AdamW's final loss with "
        + "\(reached.count) of \(shares.count) seeds."
    }
    let percent = Spread(reached.map { 100 * $0 })
    return "AdEMAMix's full run reaches AdamW's final loss after "
      + "\(percent.text(1)) % of the steps."
  }

  /// The share of the steps that a whole run of AdEMAMix needs for AdamW's
  /// final loss.
  private var headline: String {
    let goals = results(.adamw).map(\.finalLoss).filter(\.isFinite)
    guard !goals.isEmpty else {
      return "There is nothing that AdEMAMix could reach."
    }
    let goal = Spread(goals).mean
    let lengths = (comparison.shares + [1]).sorted().map { share in
      (
        share: share,
        loss: Spread(results(.ademamix, share: share).map(\.finalLoss)).mean
      )
    }
    guard let index = lengths.firstIndex(where: { $0.loss <= goal }) else {
      return "No length of AdEMAMix's runs reaches AdamW's final loss."
    }
    let length = lengths[index]
    // A loss between that of a run that diverges and a finite one cannot be
    // interpolated.
    guard index > 0, lengths[index - 1].loss.isFinite else {
      return "A run of AdEMAMix reaches AdamW's final loss in "
        + "\((100 * length.share).text(decimals: 0)) % of the steps, or fewer."
    }
    let before = lengths[index - 1]
    let part = (before.loss - goal) / (before.loss - length.loss)
    let share = before.share + part * (length.share - before.share)
    return "A run of AdEMAMix reaches AdamW's final loss in "
      + "\((100 * share).text(decimals: 0)) % of the steps (interpolated)."
  }

  /// All curves, one line a point.
  package var curves: String {
    let columns = "optimizer,learning_rate,seed,steps,\(Curve.columns)"
    var table = CSVTable(
      columns: columns.split(separator: ",").map(String.init))
    var names: Set<String> = []
    for result in grid + repetitions
    where names.insert(result.settings.name).inserted {
      let settings = result.settings
      for point in result.curve.points {
        // A seed is written as text, since it may have more digits than a
        // Double.
        table.append(
          settings.optimizer.rawValue, "\(settings.learningRate)",
          "\(settings.seed)", "\(settings.steps)", "\(point.step)",
          "\(point.tokens)",
          numbers: [
            point.trainingLoss, point.validationLoss, point.gradientNorm,
          ])
      }
    }
    return table.text
  }
}
