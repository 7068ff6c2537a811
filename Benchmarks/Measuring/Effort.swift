//===--- Effort.swift - how thoroughly to measure -------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// How thoroughly to measure.
enum Effort {
  case quick, full

  var counts: [Int] {
    switch self {
    case .quick: [1_000, 16_000, 1_000_000, 8_000_000]
    case .full: [1_000, 16_000, 1_000_000, 8_000_000, 32_000_000]
    }
  }

  /// The most elements of the tensor list.
  var tensorLimit: Int {
    switch self {
    case .quick: 8_000_000
    case .full: .max
    }
  }

  /// The size that options are measured at: memory is the limit.
  static let optionCount = 8_000_000

  /// The size that smaller state is measured at.
  var storageCount: Int { checkpointCount }

  /// The size that checkpoints are measured at.
  var checkpointCount: Int {
    switch self {
    case .quick: 8_000_000
    case .full: 32_000_000
    }
  }

  /// The seconds that the rounds of one subject take, within what ``rounds``
  /// allows.
  var budget: Double {
    switch self {
    case .quick: 1.2
    case .full: 8
    }
  }

  var rounds: ClosedRange<Int> {
    switch self {
    case .quick: 3...21
    case .full: 7...101
    }
  }

  /// The seconds that one time takes at least, far above the clock's resolution.
  ///
  /// Many short times serve better than few long ones: fewer are interrupted.
  static let shortestTime = 0.003
}
