//===--- FileFormat+Records.swift - the two records of a file -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

extension FileFormat {
  /// The content of `ademamix.optimizer`.
  struct Optimizer: Codable {
    var groups: [GroupState]
    /// The names of the tensors, in the order of the flat index space.
    var order: [String]
    /// The bounds of the file's part of the flat index space.
    var shard: [Int]
    var clock: Word<StepClock>
    var options: Options
    var counts: Counts
  }

  /// A group and its part of the state.
  struct GroupState: Codable {
    var group: Group
    var stepCounts: OfMoments<Int>
    var scales: OfMoments<Double>
    var buffers: [Word<StateBufferName>]
  }

  /// A value for each moment.
  struct OfMoments<Value: Codable>: Codable {
    var fast, slow, second: Value
  }

  struct Counts: Codable {
    var steps, skippedSteps, consecutiveSkips, zeroedElements: Int
    var accumulatedGradients: Int
  }

  /// The content of `ademamix.average`.
  struct Average: Codable {
    var decay: HyperparameterSchedule
    var updateCount: Int
    var scale: Double
    var sizes: [Int]
  }
}

extension FileFormat.Optimizer {
  init(_ record: OptimizerRecord) {
    let counts = record.counts
    groups = zip(record.layout.groups, record.groups).map { group, state in
      let (steps, scales) = (state.stepCounts, state.scales)
      return FileFormat.GroupState(
        group: .init(group),
        stepCounts: .init(
          fast: steps.fast, slow: steps.slow, second: steps.second),
        scales: .init(
          fast: scales.fast.value, slow: scales.slow.value,
          second: scales.second.value),
        buffers: state.buffers.map { .init($0) })
    }
    order = record.layout.tensors.map(\.name)
    shard = [record.shard.lowerBound, record.shard.upperBound]
    clock = .init(record.clock)
    options = .init(record.options, record.arguments)
    self.counts = FileFormat.Counts(
      steps: counts.steps, skippedSteps: counts.skippedSteps,
      consecutiveSkips: counts.consecutiveSkips,
      zeroedElements: counts.zeroedElements,
      accumulatedGradients: counts.accumulatedGradients)
  }
}

extension OptimizerRecord {
  /// Reads the JSON of a file.
  ///
  /// - Throws: ``CheckpointError`` for a text that breaks a rule of the format,
  ///   an impossible layout, or a shard outside the layout.
  package init(
    json: ArraySlice<UInt8>, key: String
  ) throws(CheckpointError) {
    let stored: FileFormat.Optimizer = try FileFormat.record(in: json, key: key)
    let layout = try CheckpointError.wrapping { () throws(AdEMAMixError) in
      try ParameterLayout(
        stored.groups.map { ParameterGroup($0.group) }, order: stored.order)
    }
    let bounds = stored.shard
    guard bounds.count == 2, bounds[0] >= 0, bounds[0] <= bounds[1],
      bounds[1] <= layout.count
    else { throw .malformedShard(bounds, count: layout.count) }
    self.init(
      layout: layout, shard: bounds[0]..<bounds[1], clock: stored.clock.choice,
      options: StepOptions(stored.options),
      arguments: CallArguments(stored.options),
      counts: RunCounts(stored.counts),
      groups: stored.groups.map { Group($0) })
  }
}

extension OptimizerRecord.Group {
  fileprivate init(_ stored: FileFormat.GroupState) {
    var steps = MomentStepCounts(stored.stepCounts.fast)
    steps.slow = stored.stepCounts.slow
    steps.second = stored.stepCounts.second
    var scales = MomentScales()
    scales.fast.value = stored.scales.fast
    scales.slow.value = stored.scales.slow
    scales.second.value = stored.scales.second
    self.init(
      stepCounts: steps, scales: scales, buffers: stored.buffers.map(\.choice))
  }
}

extension RunCounts {
  fileprivate init(_ stored: FileFormat.Counts) {
    self.init()
    steps = stored.steps
    skippedSteps = stored.skippedSteps
    consecutiveSkips = stored.consecutiveSkips
    zeroedElements = stored.zeroedElements
    accumulatedGradients = stored.accumulatedGradients
  }
}

extension FileFormat.Average {
  init(_ record: AverageRecord) {
    decay = .init(record.decay)
    updateCount = record.updateCount
    scale = record.scale
    sizes = record.sizes
  }
}

extension AverageRecord {
  init(_ stored: FileFormat.Average) {
    self.init(
      decay: HyperparameterSchedule(stored.decay),
      updateCount: stored.updateCount,
      scale: stored.scale, sizes: stored.sizes)
  }
}
