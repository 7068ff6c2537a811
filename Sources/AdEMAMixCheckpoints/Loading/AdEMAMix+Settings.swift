//===--- AdEMAMix+Settings.swift - the state of a file, with own settings -===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

extension AdEMAMix {
  /// An optimizer with the state of a file, and the settings of this one that are
  /// kept. `adopt` takes it over.
  func loaded(
    _ file: borrowing Checkpoint<Scalar>, keeping kept: KeptSettings
  ) throws(CheckpointError) -> AdEMAMix {
    try file.check(
      layout, shard: shard, convertingStorage: kept.contains(.storage))
    // Only this engine works on all storages; `adopt` keeps the own one.
    var loaded = try file.optimizer(
      clock: kept.contains(.hyperparameters) ? clock : nil, engine: .fused,
      threads: threadSplit.threadCount)
    for (stored, own) in zip(file.layout.groups, layout.groups) {
      var group = stored
      if kept.contains(.hyperparameters) {
        try require(
          stored.hyperparameters.form, own.hyperparameters.form,
          "group '\(own.name)' · form")
        group.hyperparameters = own.hyperparameters
        group.learningRateFactor = own.learningRateFactor
      }
      if kept.contains(.freezing) {
        // Its share of the gradients would be missing, or go.
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
    return loaded
  }

  /// Takes options in the place of those of a file. Gradients that have
  /// accumulated must make up the step that they were meant for.
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

  /// Checks that a setting that is to be kept is the one that the state is of,
  /// with so many gradients that have accumulated for a step.
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
  func differences(
    from file: borrowing Checkpoint<Scalar>, _ kept: KeptSettings
  ) -> SettingDifferences {
    var differences = SettingDifferences()
    for (stored, own) in zip(file.layout.groups, layout.groups) {
      differences.compare(stored, own, kept)
    }
    differences.compare(file.header.record.options, options, kept)
    differences.compare(file.header.record.clock, clock, kept)
    differences.compare(file.header, engine)
    return differences
  }
}

extension Optional<GradientAccumulation> {
  /// Without a rule, what has accumulated counts as for a mean.
  fileprivate var isMean: Bool {
    if case .sum = self { false } else { true }
  }
}
