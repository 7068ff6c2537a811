//===--- Spirals.swift - points on two spirals ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// Points on two spirals, of which one is the other turned by half a circle.
///
/// As in Lang and Witbrock, "Learning to Tell Two Spirals Apart", 1988, each
/// spiral has 97 points, at angles of iπ/16 and radii of 6.5·(104 - i)/104.
package struct Spirals: Sendable {
  /// The two coordinates of each point, one point behind the other.
  package private(set) var points: [Double] = []
  /// -1 for the first spiral, 1 for the second.
  package private(set) var signs: [Double] = []

  /// The points to learn from.
  package static let training = Spirals(shift: 0)
  /// The points half way between those to learn from.
  package static let test = Spirals(shift: 0.5)

  private init(shift: Double) {
    for index in 0..<97 {
      let place = Double(index) + shift
      let radius = 6.5 * (104 - place) / 104
      let x = radius * sin(place * .pi / 16)
      let y = radius * cos(place * .pi / 16)
      points += [x, y, -x, -y]
      signs += [-1, 1]
    }
  }

  /// The share of points for which the network's logit has the right sign.
  package func accuracy(_ network: SpiralNetwork) -> Double {
    let right = zip(network(points), signs).count { $0 * $1 > 0 }
    return Double(right) / Double(signs.count)
  }
}
