//===--- AverageSettings.swift - of an average to be replaced -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

/// The settings of an average that the average of a checkpoint replaces.
struct AverageSettings {
  let decay: HyperparameterSchedule
  let count: Int
  let sizes: [Int]
  let threads: Int

  init<Scalar>(_ average: borrowing ParameterAverage<Scalar>) {
    decay = average.decay
    count = average.count
    sizes = average.record.sizes
    threads = average.threadSplit.threadCount
  }
}

extension AdEMAMix {
  /// The settings of the average that the steps keep up to date, if there is
  /// one.
  var averageSettings: AverageSettings? {
    switch average {
    case .some(let average): AverageSettings(average)
    case nil: nil
    }
  }
}
