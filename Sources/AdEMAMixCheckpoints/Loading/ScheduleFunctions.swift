//===--- ScheduleFunctions.swift - functions for the names in a file ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

/// The functions of a program's schedules, by name.
typealias ScheduleFunctions = [String: @Sendable (Int) -> Double]

extension OptimizerRecord {
  /// The functions that the schedules have code for.
  var functions: ScheduleFunctions {
    schedules.map(\.schedule.knownFunctions).reduce(into: [:]) {
      $0.merge($1) { first, _ in first }
    }
  }

  /// Checks that a file can name each function.
  func checkFunctionNames() throws(CheckpointError) {
    for (field, schedule) in schedules {
      try schedule.checkFunctionNames(field)
    }
  }

  /// The record, with code for its functions.
  ///
  /// - Parameter functions: Code by name.
  /// - Returns: The record.
  /// - Throws: ``CheckpointError`` for the first function without code.
  func supplied(
    with functions: ScheduleFunctions
  ) throws(CheckpointError) -> OptimizerRecord {
    let record = mapSchedules { $0.supplied(with: functions) }
    for (field, schedule) in record.schedules {
      try schedule.checkFunctions(field)
    }
    return record
  }

  /// The record, with the schedules of a program in the place of those that
  /// need functions which the program does not have.
  ///
  /// - Parameters:
  ///   - functions: Code by name.
  ///   - own: The record of the program's optimizer, of the same groups.
  ///   - kept: The settings of the program that are kept.
  /// - Returns: The record.
  /// - Throws: ``CheckpointError`` for the first function that is needed and
  ///   missing.
  func supplied(
    with functions: ScheduleFunctions, from own: OptimizerRecord,
    keeping kept: KeptSettings
  ) throws(CheckpointError) -> OptimizerRecord {
    var record = mapSchedules { $0.supplied(with: functions) }
    if kept.contains(.hyperparameters) {
      var groups = record.layout.groups
      for (index, group) in own.layout.groups.enumerated() {
        for (path, _) in groupSchedules
        where !groups[index].hyperparameters[keyPath: path].isComplete {
          groups[index].hyperparameters[keyPath: path] =
            group.hyperparameters[keyPath: path]
        }
      }
      record.layout = ParameterLayout(record.layout, groups: groups)
    }
    // Gradients that have accumulated are compared with the file's own number.
    if kept.contains(.options), record.counts.accumulatedGradients == 0 {
      record.options.accumulation = own.options.accumulation
    }
    return try record.supplied(with: functions)
  }

  private func mapSchedules(
    _ change: (HyperparameterSchedule) -> HyperparameterSchedule
  ) -> OptimizerRecord {
    // Most files have no function.
    if schedules.allSatisfy(\.schedule.isComplete) { return self }
    var record = self
    var groups = layout.groups
    for index in groups.indices {
      for (path, _) in groupSchedules {
        groups[index].hyperparameters[keyPath: path] = change(
          groups[index].hyperparameters[keyPath: path])
      }
    }
    record.layout = ParameterLayout(layout, groups: groups)
    record.options.accumulation =
      switch options.accumulation {
      case .mean(let schedule): .mean(over: change(schedule))
      case .sum(let schedule): .sum(over: change(schedule))
      case nil: nil
      }
    return record
  }
}

extension CheckpointHeader {
  /// The average without its elements, with its own decay or another, and with
  /// code for the functions of the decay.
  ///
  /// - Parameters:
  ///   - decay: The decay; `nil` is that of the checkpoint.
  ///   - functions: Code by name.
  /// - Returns: The record.
  /// - Throws: ``CheckpointError`` for a checkpoint without an average, and for
  ///   the first function without code.
  func averageRecord(
    decay: HyperparameterSchedule?, functions: ScheduleFunctions
  ) throws(CheckpointError) -> AverageRecord {
    guard var record = average else { throw .noAverage }
    if let decay { record.decay = decay }
    return try record.supplied(with: functions)
  }
}

extension AverageRecord {
  /// The record, with code for the functions of its decay.
  ///
  /// - Parameter functions: Code by name.
  /// - Returns: The record.
  /// - Throws: ``CheckpointError`` for the first function without code.
  func supplied(
    with functions: ScheduleFunctions
  ) throws(CheckpointError) -> AverageRecord {
    var record = self
    record.decay = decay.supplied(with: functions)
    try record.decay.checkFunctions("average · decay")
    return record
  }

  /// Checks that a file can name each function.
  func checkFunctionNames() throws(CheckpointError) {
    try decay.checkFunctionNames("average · decay")
  }
}

extension HyperparameterSchedule {
  /// The functions that the schedule has code for.
  var knownFunctions: ScheduleFunctions {
    functions.reduce(into: [:]) {
      if let name = $1.name, let code = $1.code { $0[name] = code }
    }
  }

  /// Whether all functions have code.
  fileprivate var isComplete: Bool { functions.allSatisfy(\.isKnown) }

  fileprivate func checkFunctions(_ field: String) throws(CheckpointError) {
    for function in functions where !function.isKnown {
      throw .missingFunction(function.name ?? "", of: field)
    }
  }

  fileprivate func checkFunctionNames(_ field: String) throws(CheckpointError) {
    for function in functions where function.name == nil {
      throw .unnamedFunction(of: field)
    }
  }
}
