//===--- CurveStyle.swift - lines that everybody can tell apart -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The look of a curve. Curves differ in colour and in dashes.
package struct CurveStyle: Sendable, Hashable {
  package var colour: Colour
  /// The lengths of dashes and gaps in pixels. A solid line has none.
  package var dashes: [Double]
  /// The width of the line in pixels.
  package var width = 2.0

  package init(_ colour: Colour, dashes: [Double] = []) {
    self.colour = colour
    self.dashes = dashes
  }

  /// Styles that people of any colour vision can tell apart, in the colours of
  /// Okabe and Ito, "Color Universal Design" (2008). The yellow of their
  /// palette is left out: it is too light for a line on white.
  package static let distinct = [
    CurveStyle(Colour(0x0072B2)),
    CurveStyle(Colour(0xD55E00), dashes: [8, 4]),
    CurveStyle(Colour(0x009E73), dashes: [2, 3]),
    CurveStyle(Colour(0xCC79A7), dashes: [10, 3, 2, 3]),
    CurveStyle(Colour(0xE69F00), dashes: [5, 2]),
    CurveStyle(Colour(0x000000), dashes: [12, 3, 2, 3, 2, 3]),
    CurveStyle(Colour(0x56B4E9), dashes: [4, 4]),
  ]
}
