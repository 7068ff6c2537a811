//===--- TextSize.swift - the sizes of text -------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The sizes of text, in pixels.
enum TextSize: Int {
  case tick = 13
  case label = 14
  case title = 17

  var text: String { String(rawValue) }

  /// The approximate width of a text: fonts differ.
  func width(of text: String) -> Double {
    0.58 * Double(rawValue) * Double(text.count)
  }

  func width(of label: Tick.Label) -> Double {
    switch label {
    case .none: 0
    case .plain(let text): width(of: text)
    case .power(let exponent): width(of: "10") + 0.7 * width(of: "\(exponent)")
    }
  }
}
