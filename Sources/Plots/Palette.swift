//===--- Palette.swift - colours that everybody can tell apart ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A colour of the sRGB space, with parts from 0 to 255.
package struct Colour: Sendable, Hashable {
  package var red, green, blue: Double

  package init(_ hexadecimal: Int) {
    red = Double(hexadecimal >> 16 & 0xFF)
    green = Double(hexadecimal >> 8 & 0xFF)
    blue = Double(hexadecimal & 0xFF)
  }

  /// `#RRGGBB`
  var text: String {
    "#"
      + [red, green, blue].map {
        let digits = String(Int($0.rounded()), radix: 16)
        return digits.count < 2 ? "0" + digits : digits
      }.joined()
  }

  /// A colour between this one and another: 0 to 1.
  func mixed(with other: Colour, _ fraction: Double) -> Colour {
    var mixed = self
    mixed.red += fraction * (other.red - red)
    mixed.green += fraction * (other.green - green)
    mixed.blue += fraction * (other.blue - blue)
    return mixed
  }
}

/// How a curve is told from others: by colour, dashes and marker at once.
package struct CurveStyle: Sendable, Hashable {
  package var colour: Colour
  /// Lengths of dashes and gaps in pixels; none is a solid line.
  package var dashes: [Double]

  package init(_ colour: Colour, dashes: [Double] = []) {
    self.colour = colour
    self.dashes = dashes
  }

  /// Styles that people of any colour vision can tell apart. The colours are
  /// those of Okabe and Ito, "Color Universal Design" (2008), without yellow,
  /// which is too light for a line on white.
  static let distinct = [
    CurveStyle(Colour(0x0072B2)),
    CurveStyle(Colour(0xD55E00), dashes: [8, 4]),
    CurveStyle(Colour(0x009E73), dashes: [2, 3]),
    CurveStyle(Colour(0xCC79A7), dashes: [10, 3, 2, 3]),
    CurveStyle(Colour(0xE69F00), dashes: [5, 2]),
    CurveStyle(Colour(0x000000), dashes: [12, 3, 2, 3, 2, 3]),
    CurveStyle(Colour(0x56B4E9), dashes: [4, 4]),
  ]
}

/// Colours for a range of values, whose lightness changes steadily.
package struct ColourMap: Sendable {
  let stops: [Colour]

  /// Pale greys, for what lies under curves: low is white.
  package static let greys = ColourMap(stops: [
    Colour(0xFFFFFF), Colour(0xDCDFE4), Colour(0xAFB5BF),
  ])

  /// From dark blue through green to yellow: the map of matplotlib (van der
  /// Walt and Smith, 2015, CC0) at nine places.
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
