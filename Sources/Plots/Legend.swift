//===--- Legend.swift - the names of curves -------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The names of the curves, in rows above the axes.
struct Legend {
  struct Entry {
    let name: String
    let style: CurveStyle
    let marker: Marker?
    let hasBand: Bool
  }

  let entries: [Entry]

  /// An entry for each curve, with a style and a marker.
  static func entries(_ curves: [Curve]) -> [Entry] {
    curves.enumerated().map { index, curve in
      Entry(
        name: curve.name,
        style: curve.style
          ?? CurveStyle.distinct[index % CurveStyle.distinct.count],
        marker: curve.markers == .none
          ? nil : Marker.allCases[index % Marker.allCases.count],
        hasBand: curve.band != nil)
    }
  }

  func height(width: Double) -> Double {
    entries.isEmpty ? 0 : 20 * Double(1 + (places(width).last?.row ?? 0)) + 4
  }

  /// Draws the entries. With a halo, lines have a light edge, as on a map.
  func draw(
    into svg: inout SVGDocument, x: Double, y: Double, width: Double,
    hasHalo: Bool
  ) {
    for (entry, place) in zip(entries, places(width)) {
      let left = x + place.x
      let middle = y + 20 * Double(place.row) + 6
      let (from, to) = (Point(left, middle), Point(left + 36, middle))
      if entry.hasBand {
        svg.add(
          "rect",
          [
            "x": SVGDocument.number(left), "y": SVGDocument.number(middle - 6),
            "width": "36", "height": "12", "fill": entry.style.colour.text,
            "fill-opacity": Curve.bandOpacity,
          ])
      }
      let line = path([from, to])
      if hasHalo { svg.add(halo: line) }
      svg.add(line: line, entry.style)
      entry.marker?.draw(
        at: Point(left + 18, middle), entry.style.colour, into: &svg)
      svg.add(entry.name, at: Point(left + 43, middle + 4.5), anchor: "start")
    }
  }

  /// The places of the entries, in as many columns of equal width as fit.
  private func places(_ width: Double) -> [(x: Double, row: Int)] {
    let widest = entries.map { TextSize.tick.width(of: $0.name) }.max() ?? 0
    let column = widest + 62
    let fitting = max(1, Int((width + 16) / column))
    let rows = (entries.count + fitting - 1) / max(1, fitting)
    let columns = (entries.count + max(1, rows) - 1) / max(1, rows)
    return entries.indices.map {
      (Double($0 % max(1, columns)) * column, $0 / max(1, columns))
    }
  }
}
