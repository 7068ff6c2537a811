//===--- ColourMap.swift - colours for a range of values ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Colours for a range of values. The lightness changes steadily along the
/// range.
package struct ColourMap: Sendable {
  let stops: [Colour]

  /// Pale greys, for maps with curves on top. Low values are white.
  package static let greys = ColourMap(stops: [
    Colour(0xFFFFFF), Colour(0xDCDFE4), Colour(0xAFB5BF),
  ])

  /// Dark blue to green to yellow: nine colours of matplotlib's map of this
  /// name (van der Walt and Smith, 2015, CC0).
  package static let viridis = ColourMap(stops: [
    Colour(0x440154), Colour(0x472D7B), Colour(0x3B528B), Colour(0x2C728E),
    Colour(0x21918C), Colour(0x28AE80), Colour(0x5EC962), Colour(0xADDC30),
    Colour(0xFDE725),
  ])

  /// The colour at a fraction from 0 to 1.
  func colour(_ fraction: Double) -> Colour {
    let place = min(max(fraction, 0), 1) * Double(stops.count - 1)
    let index = min(Int(place), stops.count - 2)
    return stops[index].mixed(with: stops[index + 1], place - Double(index))
  }
}
