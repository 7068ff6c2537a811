//===--- Figures.swift - paths over the contours, distances over steps ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots

/// The pictures and the table of some runs.
struct Figures {
  let name: String
  let runs: [Run]
  /// The steps by which learning rates were chosen, if the runs go on behind
  /// them.
  var stretch: ClosedRange<Int>?

  func write(to folder: OutputFolder) throws {
    try folder.write("rosenbrock-\(name).svg", map().svg())
    try folder.write("rosenbrock-\(name)-distance.svg", distances.svg())
    try folder.write("rosenbrock-\(name).csv", table.text)
  }

  private func map() throws -> ContourMap {
    try ContourMap(
      title: "Rosenbrock's function, \(name) settings: " + paths,
      x: Axis("x", range: -3.5...3), y: Axis("y", range: -2...7),
      value: Axis("(1 − x)² + 100(y − x²)²", scale: .logarithmic),
      levels: [0.1, 1, 10, 100, 1_000, 10_000], colours: .greys,
      curves: runs.indices.map { index in
        Curve(
          title(runs[index]), runs[index].path.map(\.point),
          markers: .one(runs[index].endIndex), style: style(index))
      },
      landmarks: [Landmark("minimum", RosenbrockFunction.minimum)],
      of: RosenbrockFunction.value)
  }

  /// The style of a path. Each path is narrower than the path below it, since
  /// paths lie over each other in the valley.
  private func style(_ index: Int) -> CurveStyle {
    var style = CurveStyle.distinct[index]
    style.width = 1.5 + Double(runs.count - 1 - index)
    style.dashes = style.dashes.map { $0 * style.width / 2 }
    return style
  }

  /// The length of the paths, for the title.
  private var paths: String {
    guard let end = stretch?.upperBound, let last = runs[0].path.last else {
      return "paths from (−3, 5)"
    }
    return "\(grouped(last.step)) steps, marks at \(grouped(end))"
  }

  private var distances: LineChart {
    LineChart(
      title: "Rosenbrock's function, \(name) settings: distance to (1, 1)",
      x: Axis("step"),
      y: Axis(
        "distance", scale: .logarithmic, range: max(1e-6, nearest / 2)...10),
      curves: runs.map { run in
        Curve(
          title(run),
          run.path.map { Point(Double($0.step), Place($0.point).distance) })
      } + [chosenBy].compactMap { $0 })
  }

  /// The steps by which learning rates were chosen, as a grey area.
  private var chosenBy: Curve? {
    stretch.map { stretch in
      func line(at distance: Double) -> [Point] {
        [stretch.lowerBound, stretch.upperBound].map {
          Point(Double($0), distance)
        }
      }
      return Curve(
        "steps that rates are chosen by", [],
        band: Band(line(at: 1e-12), line(at: 1e12)),
        style: CurveStyle(Colour(0x777777)))
    }
  }

  /// The smallest distance that is not 0.
  private var nearest: Double {
    runs.flatMap { $0.path.map { Place($0.point).distance } }
      .filter { $0 > 0 }.min() ?? 1
  }

  private func title(_ run: Run) -> String {
    "\(run.name), rate \(run.rate.text(significant: 2))"
  }

  private var table: CSVTable {
    var table = CSVTable(
      columns: ["optimizer", "learning rate", "step", "x", "y", "objective"])
    for run in runs {
      for (step, point) in run.path {
        table.append(
          run.name,
          numbers: [
            run.rate, Double(step), point.x, point.y,
            RosenbrockFunction.value(point.x, point.y),
          ])
      }
    }
    return table
  }
}
