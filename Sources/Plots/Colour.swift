//===--- Colour.swift - a colour of the screen ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A colour of the sRGB space, with components from 0 to 255.
package struct Colour: Sendable, Hashable {
  package var red, green, blue: Double

  package init(_ hexadecimal: Int) {
    red = Double(hexadecimal >> 16 & 0xFF)
    green = Double(hexadecimal >> 8 & 0xFF)
    blue = Double(hexadecimal & 0xFF)
  }

  /// The colour as `#RRGGBB`.
  var text: String {
    "#"
      + [red, green, blue].map {
        let digits = String(Int($0.rounded()), radix: 16)
        return digits.count < 2 ? "0" + digits : digits
      }.joined()
  }

  /// A colour between this one, at a fraction of 0, and another, at 1.
  func mixed(with other: Colour, _ fraction: Double) -> Colour {
    var mixed = self
    mixed.red += fraction * (other.red - red)
    mixed.green += fraction * (other.green - green)
    mixed.blue += fraction * (other.blue - blue)
    return mixed
  }
}
