//===--- SVGDocument.swift - SVG as text ----------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// An SVG picture while it is drawn. Lengths are in pixels, and y counts
/// downwards.
struct SVGDocument {
  private(set) var body = ""

  /// Adds an element, with or without text inside.
  mutating func add(
    _ element: String, _ attributes: KeyValuePairs<String, String>,
    text: String? = nil
  ) {
    open(element, attributes, isEmpty: text == nil)
    if let text {
      body += Self.escaped(text)
      close(element)
    }
  }

  /// Adds an element, and inside it the elements that `content` adds.
  mutating func add(
    _ element: String, _ attributes: KeyValuePairs<String, String>,
    content: (inout SVGDocument) -> Void
  ) {
    open(element, attributes, isEmpty: false)
    // A line feed inside of a text would be drawn as a space.
    if element != "text" { body += "\n" }
    content(&self)
    close(element)
  }

  private mutating func open(
    _ element: String, _ attributes: KeyValuePairs<String, String>,
    isEmpty: Bool
  ) {
    body += "<\(element)"
    for (name, value) in attributes where !value.isEmpty {
      body += " \(name)=\"\(Self.escaped(value))\""
    }
    body += isEmpty ? "/>\n" : ">"
  }

  private mutating func close(_ element: String) {
    body += element == "tspan" ? "</tspan>" : "</\(element)>\n"
  }

  /// The text of the SVG file, which other colours suit on dark backgrounds.
  func text(
    _ kind: PictureKind, width: Double, height: Double, title: String
  ) -> String {
    let (width, height) = (Self.number(width), Self.number(height))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" \
      height="\(height)" viewBox="0 0 \(width) \(height)" class="\(kind)" role="img" \
      font-family="DejaVu Sans, Verdana, Helvetica, Arial, sans-serif">
      <title>\(Self.escaped(title))</title>
      <style>
      \(DarkStyle.rules)
      </style>
      <rect class="\(DarkStyle.ground)" width="100%" height="100%" fill="#ffffff"/>
      \(body)</svg>

      """
  }

  /// A text for use inside of an element or attribute. A character that XML
  /// does not allow becomes U+FFFD.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\t", "\n", "\r": escaped += " "
      case "\u{0}"..<" ", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// The text of a length, rounded to a tenth of a pixel.
  static func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
    return rest == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(rest)"
  }
}
