//===--- Axis.swift - what an axis says and how it counts -----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// One axis of a chart.
///
///     Axis("step")
///     Axis("loss (nats)", scale: .logarithmic, range: 0.1...10)
package struct Axis: Sendable {
  /// What is counted, with its unit.
  package var title: String
  package var scale: Scale
  /// What is shown; `nil` is all there is, up to round numbers.
  package var range: ClosedRange<Double>?

  package enum Scale: Sendable {
    case linear, logarithmic
    /// Equal lengths are equal ratios of the distance to 1, for decay rates: 0.9,
    /// 0.99, 0.999.
    case nearOne
  }

  package init(
    _ title: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil
  ) {
    self.title = title
    self.scale = scale
    self.range = range
  }
}

extension Axis.Scale {
  /// Where a value lies on a line on which equal lengths look equal.
  func position(_ value: Double) -> Double {
    switch self {
    case .linear: value
    case .logarithmic: log10(value)
    case .nearOne: -log10(1 - value)
    }
  }

  func value(at position: Double) -> Double {
    switch self {
    case .linear: position
    case .logarithmic: pow(10, position)
    case .nearOne: 1 - pow(10, -position)
    }
  }

  func shows(_ value: Double) -> Bool {
    switch self {
    case .linear: value.isFinite
    case .logarithmic: value.isFinite && value > 0
    case .nearOne: value.isFinite && value < 1
    }
  }
}

/// An axis with a range and ticks.
struct ScaledAxis {
  let title: String
  let scale: Axis.Scale
  let range: ClosedRange<Double>
  let ticks: [Tick]

  /// An axis that shows `values` where it has no range.
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

  /// Where a value lies between the ends of the axis: 0 to 1.
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
