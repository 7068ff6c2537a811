//===--- RosenbrockFunction.swift - the function and its gradient ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Plots

/// The function (1-x)² + 100(y-x²)² (Rosenbrock, 1960). A bent valley leads to
/// its minimum, which is 0 at (1, 1).
enum RosenbrockFunction {
  static let start = Point(-3, 5)
  static let minimum = Point(1, 1)

  static func value(_ x: Double, _ y: Double) -> Double {
    let (a, b) = (1 - x, y - x * x)
    return a * a + 100 * b * b
  }

  /// The gradient in single precision, in which optax's notebook computes it.
  static func gradient(_ p: [Float]) -> [Float] {
    let (x, y) = (p[0], p[1])
    let b = y - x * x
    return [-2 * (1 - x) - 400 * x * b, 200 * b]
  }
}
