//===--- Figures.swift - curves over steps and learning rates -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Plots

/// The pictures and tables of a comparison.
struct Figures {
  let comparison: Comparison

  func write(to folder: OutputFolder) throws {
    try folder.write("digits-loss.svg", loss.svg())
    try folder.write("digits-errors.svg", errors.svg())
    try folder.write("digits-rates.svg", rates.svg())
    try folder.write("digits.csv", table.text)
    try folder.write("digits-rates.csv", rateTable.text)
  }

  private var steps: [Double] {
    comparison.settings.recorded.map(Double.init)
  }

  /// The axis of steps, which is logarithmic, so that the first steps can be
  /// seen too.
  private var stepAxis: Axis {
    let last = steps.last ?? 1
    return Axis(
      "step", scale: .logarithmic, range: last > 1 ? 1...last : nil)
  }

  private func curves(_ value: (Evaluation) -> Double) -> [Curve] {
    comparison.results.map { result in
      Curve(
        "\(result.name), rate \(result.rate)", x: steps,
        MedianAndRange.byIndex(result.runs.map { $0.test.map(value) }))
    }
  }

  private var loss: LineChart {
    LineChart(
      title: "Handwritten digits: loss on \(comparison.testCount) test images",
      x: stepAxis,
      y: Axis("cross entropy (nats)", scale: .logarithmic),
      curves: curves(\.loss))
  }

  private var errors: LineChart {
    LineChart(
      title: "Handwritten digits: \(comparison.testCount) test images",
      x: stepAxis,
      y: Axis("told wrong (%)", scale: .logarithmic),
      curves: curves { 100 * (1 - $0.accuracy) })
  }

  private var rates: LineChart {
    LineChart(
      title: "Handwritten digits: where each learning rate leads",
      x: Axis(
        "peak of the learning rate", scale: .logarithmic, range: 8e-5...6e-2),
      y: Axis("validation loss (nats)", scale: .logarithmic),
      curves: comparison.results.map { result in
        Curve(
          result.name, x: result.search.map(\.rate),
          result.search.map(\.loss), markers: .all)
      })
  }

  private var table: CSVTable {
    var table = CSVTable(columns: [
      "optimizer", "learning rate", "run", "step", "training loss",
      "training accuracy", "test loss", "test accuracy",
    ])
    for result in comparison.results {
      for (number, run) in result.runs.enumerated() {
        for (index, step) in steps.enumerated() {
          let (training, test) = (run.training[index], run.test[index])
          table.append(
            result.name,
            numbers: [
              result.rate, Double(number + 1), step, training.loss,
              training.accuracy, test.loss, test.accuracy,
            ])
        }
      }
    }
    return table
  }

  private var rateTable: CSVTable {
    var table = CSVTable(columns: [
      "optimizer", "learning rate", "lowest", "median", "highest",
    ])
    for result in comparison.results {
      for (rate, loss) in result.search {
        table.append(
          result.name, numbers: [rate, loss.lowest, loss.median, loss.highest])
      }
    }
    return table
  }
}
