//===--- Place.swift - a place of a run -----------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots

/// A point of the plane, beside the minimum of Rosenbrock's function.
struct Place: CustomStringConvertible {
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
