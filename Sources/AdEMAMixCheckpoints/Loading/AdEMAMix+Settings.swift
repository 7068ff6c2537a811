//===--- AdEMAMix+Settings.swift - the state of a file, with own settings -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

extension AdEMAMix {
  /// An optimizer with the state of a file and with the kept settings of this
  /// optimizer, for `adopt`.
  func loaded<Content: CheckpointContent<Scalar> & ~Copyable>(
    _ file: borrowing Content, keeping kept: KeptSettings
  ) throws(CheckpointError) -> AdEMAMix {
    try file.header.check(
      layout, shard: shard, weights: weights,
      convertingStorage: kept.contains(.storage))
    // Only the fused engine works on all storages. `adopt` keeps the engine of
    // this optimizer.
    let own = record
    var record = try file.header.record.supplied(
      with: own.functions, from: own, keeping: kept)
    if kept.contains(.hyperparameters) { record.clock = clock }
    var loaded = try file.optimizer(
      record, engine: .fused, threads: threadSplit.threadCount)
    for (stored, own) in zip(record.layout.groups, layout.groups) {
      var group = stored
      if kept.contains(.hyperparameters) {
        try require(
          stored.hyperparameters.form, own.hyperparameters.form,
          "group '\(own.name)' · form")
        group.hyperparameters = own.hyperparameters
        group.learningRateFactor = own.learningRateFactor
        group.directionLimit = own.directionLimit
        group.skipsZeroGradients = own.skipsZeroGradients
      }
      if kept.contains(.freezing) {
        // The group's share of the accumulated gradients would be missing, or
        // would be lost.
        if loaded.runCounts.accumulatedGradients > 0 {
          try require(
            stored.isFrozen, own.isFrozen, "group '\(own.name)' · isFrozen",
            accumulated: loaded.runCounts.accumulatedGradients)
        }
        group.isFrozen = own.isFrozen
      }
      if !stored.storage.hasFormats(of: own.storage) {
        group.storage = own.storage
      }
      if group == stored { continue }
      try CheckpointError.wrapping { () throws(AdEMAMixError) in
        try loaded.updateGroup(group.name) { $0 = group }
      }
    }
    if kept.contains(.options) {
      try loaded.keep(options)
    }
    let weights = weights
    try CheckpointError.wrapping { () throws(AdEMAMixError) in
      try loaded.convertWeights(to: weights)
    }
    return loaded
  }

  /// Replaces the options of a file. Gradients that have accumulated must make
  /// up the step that they were meant for.
  private mutating func keep(
    _ own: StepOptions
  ) throws(CheckpointError) {
    let stored = options
    options = own
    let (isMean, count) = try CheckpointError.wrapping {
      () throws(AdEMAMixError) in
      try checkRecord()
      return (own.accumulation.isMean, try microBatchCount(of: own))
    }
    if runCounts.accumulatedGradients == 0 { return }
    let expected = try CheckpointError.wrapping { () throws(AdEMAMixError) in
      try microBatchCount(of: stored)
    }
    if isMean == stored.accumulation.isMean, count == expected { return }
    try require(
      stored.accumulation, own.accumulation, "options · accumulation",
      accumulated: runCounts.accumulatedGradients
    ) { $0.text }
  }

  /// Checks that a setting that is to be kept has the value that the state of
  /// the file was computed with.
  ///
  /// - Parameters:
  ///   - stored: The value in the file.
  ///   - own: The value in the code.
  ///   - field: The name of the setting.
  ///   - accumulated: The number of gradients that have accumulated for a step.
  ///   - text: A value in words.
  /// - Throws: ``CheckpointError`` if the values differ.
  private func require<Value: Equatable>(
    _ stored: Value, _ own: Value, _ field: String,
    accumulated: Int = 0, _ text: (Value) -> String = { "\($0)" }
  ) throws(CheckpointError) {
    guard stored != own else { return }
    throw .cannotKeep(
      SettingDifference(
        field: field, inFile: text(stored), inCode: text(own), isKept: true),
      accumulatedGradients: accumulated)
  }

  /// The settings in which a file and this optimizer differ.
  func differences<Content: CheckpointContent<Scalar> & ~Copyable>(
    from file: borrowing Content, _ kept: KeptSettings
  ) -> SettingDifferences {
    var differences = SettingDifferences()
    for (stored, own) in zip(file.layout.groups, layout.groups) {
      differences.compare(stored, own, kept)
    }
    differences.compare(file.header.record.options, options, kept)
    differences.compare(file.header.record.clock, clock, kept)
    differences.compare(file.header.record.weights, weights)
    differences.compare(file.header, engine)
    return differences
  }
}

extension Optional<GradientAccumulation> {
  /// Whether accumulated gradients are averaged, as they are without a rule.
  fileprivate var isMean: Bool {
    if case .sum = self { false } else { true }
  }
}
