//===--- ScaledAxis.swift - an axis with a range and ticks ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// An axis with a range and ticks.
struct ScaledAxis {
  let title: String
  let scale: Axis.Scale
  let range: ClosedRange<Double>
  let ticks: [Tick]

  /// An axis with its own range, or if it has none with that of `values`.
  init(
    _ axis: Axis, showing values: some Sequence<Double>
  ) throws(PlotError) {
    title = axis.title
    scale = axis.scale
    if let range = axis.range {
      guard
        scale.shows(range.lowerBound), scale.shows(range.upperBound),
        range.lowerBound < range.upperBound
      else {
        throw .range(
          lower: range.lowerBound, upper: range.upperBound, axis: axis.title)
      }
      self.range = range
    } else {
      let shown = values.filter { axis.scale.shows($0) }
      guard let lowest = shown.min(), let highest = shown.max() else {
        throw .nothingToDraw(chart: axis.title)
      }
      range = axis.scale.roundRange(around: lowest...highest)
    }
    ticks = scale.ticks(in: range)
  }

  /// An axis of equal parts, with a name in the middle of each. The first name
  /// stands in the last part.
  init(names: [String]) {
    title = ""
    scale = .linear
    let count = Double(names.count)
    range = 0...count
    ticks = names.enumerated().map { index, name in
      Tick(value: count - Double(index) - 0.5, label: .plain(name))
    }
  }

  /// The position of a value between the ends of the axis, which are 0 and 1.
  func fraction(_ value: Double) -> Double {
    let lower = scale.position(range.lowerBound)
    let upper = scale.position(range.upperBound)
    return (scale.position(value) - lower) / (upper - lower)
  }

  /// The value at a fraction of the axis.
  func value(at fraction: Double) -> Double {
    let lower = scale.position(range.lowerBound)
    let upper = scale.position(range.upperBound)
    return scale.value(at: lower + fraction * (upper - lower))
  }
}
