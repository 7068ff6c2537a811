//===--- StorageStudy.swift - losses by storage ---------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import Layers
internal import Numerals
internal import Plots

/// Runs that differ in the form of their moments and weights alone.
package struct StorageStudy: Sendable {
  private let settings: RunSettings
  private let variants: [StorageVariant]
  private let seeds: [UInt64]
  private let results: [StorageVariant: [RunResult]]

  /// Makes the runs of all variants with all seeds.
  ///
  /// - Parameters:
  ///   - settings: The settings that all runs share.
  ///   - variants: The variants, of which the first is compared with the
  ///     others.
  ///   - seeds: The seeds.
  ///   - queue: The queue that makes the runs.
  /// - Throws: The errors of the runs.
  package init(
    _ settings: RunSettings, _ variants: [StorageVariant], seeds: [UInt64],
    by queue: RunQueue
  ) throws {
    let runs = seeds.flatMap { seed in
      variants.map { variant in
        var run = settings
        run.seed = seed
        run.storage = variant.storage
        run.weights = variant.weights
        return run
      }
    }
    let results = try queue.results(of: runs)
    self.settings = settings
    self.variants = variants
    self.seeds = seeds
    self.results = Dictionary(grouping: results) {
      StorageVariant($0.settings.storage, $0.settings.weights)
    }
  }

  /// The bytes of weights, gradients and state for each parameter.
  ///
  /// - Throws: `AdEMAMixError` for settings out of range.
  private func bytesPerParameter(
    _ variant: StorageVariant
  ) throws -> Double {
    var settings = settings
    settings.storage = variant.storage
    let layout = try settings.layout(GPTLayers(settings.shape).plan)
    let state = try AdEMAMix<Float>.stateByteCount(
      of: layout, weights: variant.weights)
    return Double(variant.modelByteCount) + Double(state) / Double(layout.count)
  }

  /// The differences between the last losses of a variant and those of the
  /// first variant with the same seeds.
  private func differences(_ variant: StorageVariant) -> [Double] {
    let first = results[variants[0]] ?? []
    return zip(results[variant] ?? [], first).map {
      $0.finalLoss - $1.finalLoss
    }
  }

  /// The means over the seeds with their standard deviations, as a table in
  /// Markdown.
  ///
  /// - Throws: `AdEMAMixError` for settings out of range.
  package func table() throws -> String {
    let titles = [
      "storage", "bytes a parameter", "validation loss",
      "against \(variants[0].name), by seed",
    ]
    let rows = try variants.map { variant in
      [
        variant.name, try bytesPerParameter(variant).text(decimals: 2),
        Spread((results[variant] ?? []).map(\.finalLoss)).text(),
        Spread(differences(variant)).text(),
      ]
    }
    return ([titles, titles.map { _ in "---" }] + rows).map {
      "| \($0.joined(separator: " | ")) |"
    }.joined(separator: "\n")
  }

  /// All curves as CSV, one line a point.
  package var curves: String {
    var table = CSVTable(columns: [
      "storage", "weights", "seed", "step", "training_loss", "validation_loss",
    ])
    for result in variants.flatMap({ results[$0] ?? [] }) {
      for point in result.curve.points {
        // A seed is written as text, since it may have more digits than a
        // Double.
        table.append(
          result.settings.storage.rawValue, "\(result.settings.weights)",
          "\(result.settings.seed)", "\(point.step)",
          numbers: [point.trainingLoss, point.validationLoss])
      }
    }
    return table.text
  }

  /// The picture of the losses over the steps, each less that of the first
  /// variant with the same seed: the means over the seeds.
  ///
  /// - Throws: `PlotError` if no loss is finite.
  package func picture() throws -> String {
    let first = results[variants[0]] ?? []
    return try LineChart(
      title: "A small GPT: how much each storage adds to the loss",
      x: Axis("step", range: 0...1.02 * Double(settings.steps)),
      y: Axis("validation loss, less that of \(variants[0].name) (nats)"),
      curves: variants.dropFirst().map { variant in
        let points = first[0].curve.points
        return Plots.Curve(
          variant.name,
          points.indices.map { index in
            let differences = zip(results[variant] ?? [], first).map {
              $0.curve.points[index].validationLoss
                - $1.curve.points[index].validationLoss
            }
            return Point(
              Double(points[index].step), Spread(differences).mean)
          }, markers: .last)
      }
    ).svg()
  }
}
