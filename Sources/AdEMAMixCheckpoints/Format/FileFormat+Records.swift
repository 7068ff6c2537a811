//===--- FileFormat+Records.swift - the two records of a file -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
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
    /// The form of the weights; `nil` for weights of the scalar type.
    var weights: Word<WeightFormat>?
    var options: Options
    var counts: Counts
    /// The histories of tensors that some step has left alone; `nil` where
    /// there are none.
    var tensors: [TensorState]?
    /// The names of tensors of which no gradient has accumulated, while there
    /// are some of others; `nil` where there are none.
    var unaccumulated: [String]?
  }

  /// The history of a tensor that some step has left alone.
  struct TensorState: Codable {
    var name: String
    var stepCounts: OfMoments<Int>
    var scales: OfMoments<Double>
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
    /// The sum of their weights; `nil` where all weights are 1.
    var accumulatedWeight: Double?
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
      FileFormat.GroupState(
        group: .init(group), stepCounts: .init(state.stepCounts),
        scales: .init(state.scales),
        buffers: state.buffers.map { .init($0) })
    }
    order = record.layout.tensors.map(\.name)
    shard = [record.shard.lowerBound, record.shard.upperBound]
    clock = .init(record.clock)
    if record.weights != .scalar { weights = .init(record.weights) }
    options = .init(record.options, record.arguments)
    self.counts = FileFormat.Counts(
      steps: counts.steps, skippedSteps: counts.skippedSteps,
      consecutiveSkips: counts.consecutiveSkips,
      zeroedElements: counts.zeroedElements,
      accumulatedGradients: counts.accumulatedGradients)
    if record.hasWeightedGradients {
      self.counts.accumulatedWeight = record.accumulatedWeight
    }
    func name(_ tensor: Int) -> String { record.layout.tensors[tensor].name }
    let entries = record.tensorHistories.entries
    if !entries.isEmpty {
      tensors = entries.map {
        FileFormat.TensorState(
          name: name($0.tensor), stepCounts: .init($0.history.stepCounts),
          scales: .init($0.history.scales))
      }
    }
    if !record.unaccumulatedTensors.isEmpty {
      unaccumulated = record.unaccumulatedTensors.map(name)
    }
  }
}

extension FileFormat.OfMoments<Int> {
  fileprivate init(_ steps: MomentStepCounts) {
    self.init(fast: steps.fast, slow: steps.slow, second: steps.second)
  }
}

extension FileFormat.OfMoments<Double> {
  fileprivate init(_ scales: MomentScales) {
    self.init(
      fast: scales.fast.value, slow: scales.slow.value,
      second: scales.second.value)
  }
}

extension OptimizerRecord {
  /// Reads the JSON of a file.
  ///
  /// - Throws: ``CheckpointError`` for a text that breaks a rule of the format,
  ///   an impossible layout, a shard outside the layout, or a group that lists
  ///   a buffer twice.
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
    // A buffer stands for as many tensors of the file as its group has: a long
    // list would make a small file take all memory.
    for group in stored.groups {
      let buffers = group.buffers.map(\.choice)
      guard Set(buffers).count == buffers.count else {
        throw .storedBuffers(buffers.map(\.word), group: group.group.name)
      }
    }
    self.init(
      layout: layout, shard: bounds[0]..<bounds[1], clock: stored.clock.choice,
      options: StepOptions(stored.options),
      arguments: CallArguments(stored.options),
      counts: RunCounts(stored.counts),
      groups: stored.groups.map { Group($0) })
    weights = stored.weights?.choice ?? .scalar
    accumulatedWeight =
      stored.counts.accumulatedWeight ?? Double(counts.accumulatedGradients)
    try takeTensors(of: stored, key: key)
  }

  /// Whether gradients have accumulated with weights other than 1.
  var hasWeightedGradients: Bool {
    counts.accumulatedGradients > 0
      && accumulatedWeight != Double(counts.accumulatedGradients)
  }

  /// Takes over what is stored of single tensors.
  private mutating func takeTensors(
    of stored: FileFormat.Optimizer, key: String
  ) throws(CheckpointError) {
    if stored.tensors == nil, stored.unaccumulated == nil { return }
    // Names lie in the order of the layout, so that a long list takes one walk.
    var next = 0
    func index(_ name: String) throws(CheckpointError) -> Int {
      while next < layout.tensors.count {
        defer { next += 1 }
        if layout.tensors[next].name.utf8.elementsEqual(name.utf8) {
          return next
        }
      }
      throw .malformedRecord(
        "'\(name)' is no further tensor of the layout", key: key)
    }
    for tensor in stored.tensors ?? [] {
      tensorHistories.split(
        try index(tensor.name),
        from: MomentHistory(
          stepCounts: MomentStepCounts(tensor.stepCounts),
          scales: MomentScales(tensor.scales)))
    }
    next = 0
    for name in stored.unaccumulated ?? [] {
      unaccumulatedTensors.append(try index(name))
    }
  }
}

extension OptimizerRecord.Group {
  fileprivate init(_ stored: FileFormat.GroupState) {
    self.init(
      stepCounts: MomentStepCounts(stored.stepCounts),
      scales: MomentScales(stored.scales),
      buffers: stored.buffers.map(\.choice))
  }
}

extension MomentStepCounts {
  fileprivate init(_ stored: FileFormat.OfMoments<Int>) {
    self.init(stored.fast)
    slow = stored.slow
    second = stored.second
  }
}

extension MomentScales {
  fileprivate init(_ stored: FileFormat.OfMoments<Double>) {
    self.init()
    fast.value = stored.fast
    slow.value = stored.slow
    second.value = stored.second
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
