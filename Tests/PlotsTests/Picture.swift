//===--- Picture.swift - an SVG text as a parser sees it ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import FoundationXML

/// The elements of an SVG picture.
struct Picture {
  struct Element {
    let name: String
    let attributes: [String: String]
    /// With that of elements inside.
    var text = ""
  }

  let elements: [Element]

  /// `nil` where the text is no well-formed XML.
  init?(_ svg: String) {
    let reader = Reader()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    guard parser.parse() else { return nil }
    elements = reader.elements
  }

  /// The texts in the picture.
  var texts: [String] {
    elements.filter { $0.name == "text" }.map(\.text)
  }

  func elements(_ name: String, where attribute: String, is value: String)
    -> [Element]
  {
    elements.filter { $0.name == name && $0.attributes[attribute] == value }
  }

  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [Element] = []
    private var open: [Int] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String,
      namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      open.append(elements.count)
      elements.append(Element(name: name, attributes: attributes))
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
      for index in open { elements[index].text += text }
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String,
      namespaceURI: String?, qualifiedName: String?
    ) {
      open.removeLast()
    }
  }
}

/// The closed parts of a path, as corners.
func loops(_ path: String) -> [[(x: Double, y: Double)]] {
  path.split(separator: "Z").map { part in
    part.split { "ML".contains($0) }.compactMap { pair in
      let numbers = pair.split(separator: " ").compactMap { Double($0) }
      return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
    }
  }
}

/// The area inside a polygon.
func area(_ corners: [(x: Double, y: Double)]) -> Double {
  let next = corners.dropFirst() + corners.prefix(1)
  return abs(
    zip(corners, next).reduce(0) { $0 + $1.0.x * $1.1.y - $1.1.x * $1.0.y }) / 2
}
