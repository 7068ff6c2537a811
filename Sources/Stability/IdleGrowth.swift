//===--- IdleGrowth.swift - updates of an idle parameter ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Numerals
import Plots

/// The update of a parameter whose gradients end, step after step: the slow
/// moment outlives the second one.
struct IdleGrowth {
  /// A group with the settings of one curve.
  private struct Variant {
    let name: String
    let group: ParameterGroup
  }

  /// Steps with a gradient before the first without, and steps without.
  private static let activeSteps = 5_000
  private static let idleSteps = 20_000

  /// The settings, and the size of the update after each number of idle steps,
  /// in learning rates.
  private let curves: [(name: String, points: [Point])]

  init(beta1: Double, beta3: Double, alpha: Double) throws {
    let plain = ParameterGroup(
      "a", sizes: [1],
      Hyperparameters(beta1: beta1, beta3: beta3, alpha: alpha))
    var limited = plain
    limited.directionLimit = 1 + alpha
    var skipping = plain
    skipping.skipsZeroGradients = true
    let adamW = ParameterGroup(
      "a", sizes: [1], Hyperparameters(beta1: beta1, beta3: beta3, alpha: 0))
    let limit = (1 + alpha).text(significant: 4)
    curves = try [
      Variant(name: "AdamW", group: adamW),
      Variant(name: "as the paper has it", group: plain),
      Variant(name: "directionLimit \(limit)", group: limited),
      Variant(name: "skipsZeroGradients", group: skipping),
    ].map { ($0.name, try Self.updates(of: $0.group)) }
  }

  private static func updates(of group: ParameterGroup) throws -> [Point] {
    var optimizer = try AdEMAMix<Double>([group], threads: 1)
    var update = [0.0]
    for _ in 0..<activeSteps {
      try optimizer.writeUpdate(into: &update, gradients: [1e-3])
    }
    var points: [Point] = []
    for step in 1...idleSteps {
      try optimizer.writeUpdate(into: &update, gradients: [0])
      if step.isMultiple(of: 100) {
        points.append(Point(Double(step), update[0]))
      }
    }
    return points
  }

  var chart: LineChart {
    LineChart(
      title: "A parameter without gradients after step 5,000",
      x: Axis("steps without a gradient"),
      y: Axis(
        "update (learning rates)", scale: .logarithmic, range: 1e-2...1e4),
      curves: curves.map { Curve($0.name, $0.points) })
  }

  /// The updates, of the curves in order.
  var table: CSVTable {
    var table = CSVTable(columns: ["curve", "steps", "update"])
    for (index, curve) in curves.enumerated() {
      for point in curve.points {
        table.append(numbers: [Double(index), point.x, point.y])
      }
    }
    return table
  }
}
