//===--- Figures.swift - losses over steps, and a map of a network --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc
import Numerals
import Plots

/// The pictures and the table of some runs.
struct Figures {
  let runs: [TrainingRun]

  private var shownSteps: [Int] { evenSteps(to: runs[0].losses.count) }

  var losses: LineChart {
    LineChart(
      title: "Two spirals: training loss, with Swift's own gradients",
      x: Axis("step"), y: Axis("cross entropy (nats)", scale: .logarithmic),
      curves: runs.map { run in
        Curve(
          "\(run.name), test accuracy \(run.accuracyText)",
          shownSteps.map { Point(Double($0), run.losses[$0 - 1]) })
      })
  }

  /// The probability of the second spiral in the plane, by the network of a
  /// run.
  func map(of run: TrainingRun) throws(PlotError) -> ContourMap {
    let points = Spirals.training.points
    let spirals = [0, 2].map { start in
      stride(from: start, to: points.count, by: 4).map {
        Point(points[$0], points[$0 + 1])
      }
    }
    return try ContourMap(
      title: "Two spirals: what \(run.name) has learnt",
      x: Axis("x", range: -10...10), y: Axis("y", range: -7...7),
      value: Axis("probability of the second spiral"),
      levels: [0.1, 0.3, 0.5, 0.7, 0.9], colours: .greys,
      curves: zip(["first", "second"], spirals).map {
        Curve("\($0) spiral", $1, markers: .all)
      },
      landmarks: [],
      of: { x, y in 1 / (1 + exp(-run.network([x, y])[0])) })
  }

  var table: CSVTable {
    var table = CSVTable(columns: ["optimizer", "step", "loss"])
    for run in runs {
      for step in shownSteps {
        table.append(run.name, numbers: [Double(step), run.losses[step - 1]])
      }
    }
    return table
  }
}
