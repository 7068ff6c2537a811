//===--- Axis.swift - an axis of a chart ----------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// One axis of a chart.
///
///     Axis("step")
///     Axis("loss (nats)", scale: .logarithmic, range: 0.1...10)
package struct Axis: Sendable {
  /// The quantity on the axis, with its unit.
  package var title: String
  package var scale: Scale
  /// The values that the axis shows. `nil` stands for all values of the chart,
  /// between round numbers.
  package var range: ClosedRange<Double>?

  package enum Scale: Sendable {
    case linear, logarithmic
    /// A scale for decay rates such as 0.9, 0.99, 0.999: equal lengths are
    /// equal ratios of the distance to 1.
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
  /// The position of a value along the axis, up to a constant factor and
  /// offset.
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
