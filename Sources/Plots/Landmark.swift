//===--- Landmark.swift - a place with a name -----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A place with a name, drawn as a star.
package struct Landmark: Sendable {
  package var name: String
  package var point: Point

  package init(_ name: String, _ point: Point) {
    self.name = name
    self.point = point
  }
}
