//===--- LimitMap.swift - the limit over alpha and beta3 ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixStability
import Glibc
import Numerals
import Plots
import Progress

/// The largest stable product for many values of alpha and beta3.
struct LimitMap {
  private let beta1, largestAlpha: Double
  private let columns, rows: Int
  private let adam: Double
  /// The limits, row by row, from the smallest beta3 on.
  private let limits: [Double]

  private static let beta3s = 0.9...0.99999

  init(beta1: Double, largestAlpha: Double, columns: Int) throws {
    self.beta1 = beta1
    self.largestAlpha = largestAlpha
    self.columns = columns
    rows = max(2, columns * 3 / 4)
    adam = try Hyperparameters(beta1: beta1, beta3: 0, alpha: 0)
      .stabilityLimit(at: 0)
    var limits: [Double] = []
    var progress = StepProgress(steps: rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let limit = try Hyperparameters(
          beta1: beta1,
          beta3: Self.beta3(row, of: rows),
          alpha: largestAlpha * Double(column) / Double(columns - 1)
        ).stabilityLimit(at: 0)
        limits.append(limit)
        progress.countStep("Map")
      }
    }
    self.limits = limits
  }

  /// The beta3 of a row. From row to row, 1 - beta3 falls by the same factor.
  private static func beta3(_ row: Int, of rows: Int) -> Double {
    let lower = log(1 - beta3s.lowerBound)
    let upper = log(1 - beta3s.upperBound)
    return 1 - exp(lower + (upper - lower) * Double(row) / Double(rows - 1))
  }

  /// The limit as a share of Adam's limit.
  func picture() throws -> ContourMap {
    try ContourMap(
      title: "How large a learning rate stays stable, beside Adam's",
      x: Axis("α", range: 0...largestAlpha),
      y: Axis("β₃", scale: .nearOne, range: Self.beta3s),
      value: Axis(
        "limit in % of Adam's \(adam.text(significant: 4)), "
          + "β₁ = \(beta1.text(significant: 6))"),
      levels: [5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99],
      colours: .viridis, columns: columns, rows: rows
    ) { column, row in
      100 * limits[row * columns + column] / adam
    }
  }

  var table: CSVTable {
    var table = CSVTable(columns: ["alpha", "beta3", "limit", "share"])
    for (index, limit) in limits.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: columns)
      table.append(numbers: [
        largestAlpha * Double(column) / Double(columns - 1),
        Self.beta3(row, of: rows), limit, limit / adam,
      ])
    }
    return table
  }
}
