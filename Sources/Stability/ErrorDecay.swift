//===--- ErrorDecay.swift - how fast errors shrink below the limit --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixStability
import Glibc
import Numerals
import Plots

/// The number of steps in which an error shrinks to 1/e, over the product of
/// learning rate and curvature.
struct ErrorDecay {
  private let beta1, beta3: Double
  private let alphas: [Double]
  private let products = decades(-6...2, each: 50)
  /// The number of steps for each alpha and product, infinite for an error that
  /// does not shrink.
  private let steps: [[Double]]

  init(beta1: Double, beta3: Double, alphas: [Double]) throws {
    self.beta1 = beta1
    self.beta3 = beta3
    self.alphas = alphas.sorted().reduce(into: []) {
      if $0.last != $1 { $0.append($1) }
    }
    steps = try self.alphas.map { [products] alpha in
      let hyperparameters = Hyperparameters(
        beta1: beta1, beta3: beta3, alpha: alpha)
      return try products.map {
        let radius = try hyperparameters.spectralRadius(product: $0, at: 0)
        return radius < 1 ? -1 / log(radius) : .infinity
      }
    }
  }

  var chart: LineChart {
    LineChart(
      title: "How long an error lasts, β₁ = \(beta1), β₃ = \(beta3)",
      x: Axis("learning rate × preconditioned curvature", scale: .logarithmic),
      y: Axis("steps until 1/e of it is left", scale: .logarithmic),
      curves: zip(alphas, steps).map { alpha, steps in
        Curve(
          alpha == 0 ? "α = 0 (Adam)" : "α = \(alpha.text(significant: 6))",
          zip(products, steps).map { Point($0, $1) })
      })
  }

  var table: CSVTable {
    var table = CSVTable(columns: ["alpha", "product", "steps"])
    for (alpha, steps) in zip(alphas, steps) {
      for (product, steps) in zip(products, steps) {
        table.append(numbers: [alpha, product, steps])
      }
    }
    return table
  }
}
