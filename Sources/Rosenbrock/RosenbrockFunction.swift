//===--- RosenbrockFunction.swift - the function and its gradient ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots

/// (1-x)² + 100(y-x²)² (Rosenbrock, 1960), whose valley bends towards its
/// minimum of 0 at (1, 1).
enum RosenbrockFunction {
  static let start = Point(-3, 5)
  static let minimum = Point(1, 1)

  static func value(_ x: Double, _ y: Double) -> Double {
    let (a, b) = (1 - x, y - x * x)
    return a * a + 100 * b * b
  }

  /// In single precision, like the notebook's.
  static func gradient(_ p: [Float]) -> [Float] {
    let (x, y) = (p[0], p[1])
    let b = y - x * x
    return [-2 * (1 - x) - 400 * x * b, 200 * b]
  }
}

/// Where a run ended.
struct End: CustomStringConvertible {
  let point: Point

  init(_ point: Point) { self.point = point }

  var value: Double { RosenbrockFunction.value(point.x, point.y) }

  var distance: Double {
    let (dx, dy) = (
      point.x - RosenbrockFunction.minimum.x,
      point.y - RosenbrockFunction.minimum.y
    )
    return (dx * dx + dy * dy).squareRoot()
  }

  var description: String {
    "(\(point.x.text(decimals: 7)), \(point.y.text(decimals: 7))), objective "
      + value.text(significant: 2)
  }
}
