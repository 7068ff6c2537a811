//===--- DarkStyle.swift - colours on a dark background -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The rules that give a picture other colours where its reader prefers a dark
/// background. A rule of CSS takes precedence over an attribute, so that the
/// attributes hold the light colours.
enum DarkStyle {
  /// The class of the rectangle behind a picture.
  static let ground = "ground"

  /// Areas of a map keep their colours, and so do texts and curves on them.
  static let rules = """
    @media (prefers-color-scheme:dark){
    .\(ground){fill:#0d1117}
    text{fill:#d6dbe1}g text{fill:#000000}
    \(stroke("#444444", "#8b949e"))
    \(stroke("#e4e4e4", "#2a3038"))
    .\(PictureKind.chart)\(stroke("#ffffff", "#0d1117"))
    \(replaced.map(curve).joined(separator: "\n"))
    }
    """

  /// Colours of ``CurveStyle/distinct`` with less than 4 times the luminance of
  /// the dark ground, and lighter ones in their place.
  private static let replaced = [
    (Colour(0x000000), Colour(0xF0F3F6)), (Colour(0x0072B2), Colour(0x3D9AD9)),
  ]

  private static func stroke(_ light: String, _ dark: String) -> String {
    " [stroke=\"\(light)\"]{stroke:\(dark)}"
  }

  private static func curve(_ light: Colour, _ dark: Colour) -> String {
    let chart = ".\(PictureKind.chart)"
    return "\(chart) [stroke=\"\(light.text)\"]{stroke:\(dark.text)}"
      + "\(chart) [fill=\"\(light.text)\"]{fill:\(dark.text)}"
  }
}
