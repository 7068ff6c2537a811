//===--- Effort.swift - how thoroughly to measure -------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// How thoroughly to measure.
enum Effort {
  case quick, full

  /// The size of scenarios that are measured at one size, far beyond all
  /// caches.
  var largeCount: Int {
    switch self {
    case .quick: 4_000_000
    case .full: 32_000_000
    }
  }

  /// The seconds that the rounds of one scenario take, unless their number
  /// would leave the range of ``rounds``.
  var budget: Double {
    switch self {
    case .quick: 0.8
    case .full: 8
    }
  }

  /// The least and the most rounds.
  var rounds: ClosedRange<Int> {
    switch self {
    case .quick: 3...21
    case .full: 7...101
    }
  }

  /// The seconds that one time takes at least, far above the resolution of the
  /// clock.
  ///
  /// Many short times serve better than few long ones: fewer are interrupted.
  static let shortestTime = 0.003
}
