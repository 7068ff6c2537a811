//===--- Quadratic.swift - the example of optax's documentation -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import _Differentiation

/// The minimization of f(x) = Σx² from (1, 2, 3).
enum Quadratic {
  @differentiable(reverse)
  private static func value(_ x: [Float]) -> Float {
    x.differentiableReduce(0) { $0 + $1 * $1 }
  }

  /// The values of f after each of five steps, as text.
  static func values() throws(AdEMAMixError) -> String {
    var x: [Float] = [1, 2, 3]
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("x", sizes: [3], Hyperparameters(learningRate: 0.01))
    ])
    var values: [String] = []
    for _ in 1...5 {
      try optimizer.step(&x, gradients: gradient(at: x, of: value).base)
      values.append(String(format: "%.2E", value(x)))
    }
    return values.joined(separator: ", ")
  }
}
