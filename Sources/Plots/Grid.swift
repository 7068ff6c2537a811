//===--- Grid.swift - a function sampled, and its contours ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Samples of a function, equally spaced on the axes.
///
/// The values are positions on the scale of the function. A border of
/// -infinity, which has no width, surrounds the samples, so that every contour
/// is closed.
package struct Grid: Sendable {
  private let columns, rows: Int
  private let values: [Double]

  /// The samples of a function of a column and a row, both counted from 0.
  init(
    _ columns: Int, _ rows: Int, _ scale: Axis.Scale,
    _ sample: (Int, Int) -> Double
  ) throws(PlotError) {
    precondition(columns > 1 && rows > 1, "a grid has two columns and rows")
    self.columns = columns + 2
    self.rows = rows + 2
    var values = [Double](
      repeating: -.infinity, count: (columns + 2) * (rows + 2))
    for row in 0..<rows {
      for column in 0..<columns {
        let value = scale.position(sample(column, row))
        guard value < .infinity else {
          throw .mapValue(sample(column, row), column: column, row: row)
        }
        values[(row + 1) * (columns + 2) + column + 1] = value
      }
    }
    self.values = values
  }

  private func value(_ column: Int, _ row: Int) -> Double {
    values[row * columns + column]
  }

  /// The place of a sample, in fractions of the axes.
  private func place(_ column: Int, _ row: Int) -> Point {
    func fraction(_ index: Int, _ count: Int) -> Double {
      min(max(Double(index - 1) / Double(count - 3), 0), 1)
    }
    return Point(fraction(column, columns), fraction(row, rows))
  }

  /// An edge from a sample to its neighbour on the right, or above it.
  private struct Edge: Hashable {
    let column, row: Int
    let isUpwards: Bool
  }

  /// The outlines of the areas in which the function is at least `level`, in
  /// fractions of the axes, found by marching squares.
  func loops(around level: Double) -> [[Point]] {
    var next: [Edge: Edge] = [:]
    for row in 0..<(rows - 1) {
      for column in 0..<(columns - 1) {
        for (exit, entry) in segments(column, row, level) { next[exit] = entry }
      }
    }
    var loops: [[Point]] = []
    // A fixed order, unlike that of the dictionary, gives the same map the same
    // text.
    for row in 0..<rows {
      for column in 0..<columns {
        for isUpwards in [false, true] {
          let start = Edge(column: column, row: row, isUpwards: isUpwards)
          var loop: [Point] = []
          var edge = start
          while let following = next.removeValue(forKey: edge) {
            loop.append(crossing(edge, level))
            edge = following
          }
          if !loop.isEmpty { loops.append(loop) }
        }
      }
    }
    return loops
  }

  /// The segments of the outlines in one cell. On a walk around the cell, a
  /// segment starts at the edge that leads out of the area, and ends at one
  /// that leads in.
  private func segments(
    _ column: Int, _ row: Int, _ level: Double
  ) -> [(Edge, Edge)] {
    let corners = [
      value(column, row), value(column + 1, row), value(column + 1, row + 1),
      value(column, row + 1),
    ]
    let isInside = corners.map { $0 >= level }
    if isInside.allSatisfy({ $0 == isInside[0] }) { return [] }
    let edges = [
      Edge(column: column, row: row, isUpwards: false),
      Edge(column: column + 1, row: row, isUpwards: true),
      Edge(column: column, row: row + 1, isUpwards: false),
      Edge(column: column, row: row, isUpwards: true),
    ]
    // At a saddle, the mean of the corners decides whether the two inner
    // corners belong together.
    let isJoined = corners.reduce(0, +) / 4 >= level
    return (0..<4).filter { isInside[$0] && !isInside[($0 + 1) % 4] }.map {
      exit in
      let entries = (1...3).map { isJoined ? exit + $0 : exit + 4 - $0 }
        .filter { !isInside[$0 % 4] && isInside[($0 + 1) % 4] }
      return (edges[exit], edges[entries[0] % 4])
    }
  }

  /// The point of an edge at which the function is `level`.
  private func crossing(_ edge: Edge, _ level: Double) -> Point {
    let (column, row) =
      edge.isUpwards
      ? (edge.column, edge.row + 1) : (edge.column + 1, edge.row)
    let (a, b) = (value(edge.column, edge.row), value(column, row))
    let (from, to) = (place(edge.column, edge.row), place(column, row))
    // Interpolation with -infinity would be NaN.
    let fraction =
      a == -.infinity ? 1 : b == -.infinity ? 0 : (level - a) / (b - a)
    return Point(
      from.x + fraction * (to.x - from.x), from.y + fraction * (to.y - from.y))
  }
}

/// A closed line without the points that lie on it as if it were straight
/// there.
func straightened(_ points: [Point]) -> [Point] {
  var kept: [Point] = []
  for (index, point) in points.enumerated() {
    guard let last = kept.last, index + 1 < points.count else {
      kept.append(point)
      continue
    }
    let next = points[index + 1]
    let (dx, dy) = (next.x - last.x, next.y - last.y)
    let area = dx * (point.y - last.y) - dy * (point.x - last.x)
    let length = (dx * dx + dy * dy).squareRoot()
    // A point may be a fifth of a pixel beside the line. Lines longer than 40
    // pixels are kept: a bend of many points would be lost in them.
    if abs(area) > 0.2 * length || length > 40 { kept.append(point) }
  }
  return kept
}
