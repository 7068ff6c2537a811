//===--- AdEMAMix+Record.swift - the state as values, and from them -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// All of the state but the elements of the buffers.
  package var record: OptimizerRecord {
    var record = OptimizerRecord(
      layout: layout, shard: shard, clock: clock, options: options,
      arguments: lastArguments, counts: counts,
      groups: states.indices.map { index in
        OptimizerRecord.Group(
          stepCounts: states[index].history.stepCounts,
          scales: states[index].history.scales,
          buffers: states[index].bufferNames)
      })
    record.weights = weights
    record.tensorHistories = tensorHistories
    record.unaccumulatedTensors = unaccumulatedTensors
    record.accumulatedWeight = accumulatedWeight
    return record
  }

  /// Checks the options, which may have been set to values that a checkpoint
  /// could not restore.
  package func checkRecord() throws(AdEMAMixError) {
    try options.check()
    try options.checkAccumulation()
  }

  /// The number of micro-batches that options make up the next step of.
  package func microBatchCount(
    of options: StepOptions
  ) throws(AdEMAMixError) -> Int {
    try options.microBatchCount(at: clock.count(after: stepCount))
  }

  /// The elements of the buffers, tensor by tensor in the order of the layout.
  package var stateBufferViews: [StateBufferView] {
    let slices = (grid.slices + grid.frozen).sorted {
      $0.tensor < $1.tensor
    }
    let record = record
    return slices.flatMap { slice in
      let tensor = layout.tensors[slice.tensor]
      let shape =
        tensor.range.count == slice.count ? tensor.shape : [slice.count]
      let tensors = record.stateTensors(ofGroup: slice.group, shape: shape)
      return tensors.compactMap { stored in
        let address = unsafe states[slice.group].address(
          of: stored.buffer, slice.moments)
        return unsafe address.map {
          unsafe StateBufferView(
            tensor: slice.tensor, stored: stored,
            bytes: UnsafeMutableRawBufferPointer(
              start: $0, count: stored.byteCount(of: Scalar.self)))
        }
      }
    }
  }

  /// An optimizer with the state of a record, its buffers' elements being 0.
  ///
  /// - Parameters:
  ///   - record: The state, without a group of impossible buffers.
  ///   - engine: How a step is computed.
  ///   - threads: As for an optimizer made anew.
  /// - Returns: The optimizer.
  /// - Throws: ``AdEMAMixError`` for what an optimizer refuses, whatever it is.
  package static func restored(
    _ record: OptimizerRecord, engine: StepEngine, threads: Int?
  ) throws(AdEMAMixError) -> AdEMAMix {
    let groups = record.layout.groups
    for group in groups {
      try group.hyperparameters.validateSchedules(group: group.name)
      try checkConstants(of: group, record.clock)
    }
    var optimizer = try AdEMAMix(
      checked: record.layout, shard: record.shard, clock: record.clock,
      weights: record.weights, engine: engine, threads: threads)
    try record.counts.check()
    for index in groups.indices {
      try optimizer.states[index].restore(
        record.groups[index], of: groups[index],
        optimizer.grid.momentSizes[index], record.weights,
        stepCount: record.counts.steps)
    }
    for entry in record.tensorHistories.entries {
      let tensor = record.layout.tensors[entry.tensor]
      try entry.history.check(
        stepCount: record.counts.steps, group: groups[tensor.group].name)
    }
    optimizer.tensorHistories = record.tensorHistories
    optimizer.unaccumulatedTensors = record.unaccumulatedTensors
    if record.counts.accumulatedGradients > 0 {
      guard record.accumulatedWeight.isFinite, record.accumulatedWeight > 0
      else {
        throw .optionOutOfRange(.weight, value: record.accumulatedWeight)
      }
      optimizer.accumulatedWeight = record.accumulatedWeight
    }
    optimizer.options = record.options
    optimizer.counts = record.counts
    try record.arguments.check()
    optimizer.lastArguments = record.arguments
    try optimizer.checkRecord()
    return optimizer
  }

  /// Gives the weights another form, without corrections or with corrections
  /// of 0.
  package mutating func convertWeights(
    to format: WeightFormat
  ) throws(AdEMAMixError) {
    if format == weights { return }
    try format.check(nil, in: Scalar.self)
    var states = states
    for index in states.indices {
      states[index].corrections =
        format == .scalar || states[index].buffers == nil
        ? nil
        : try CorrectionBuffer(
          count: grid.momentSizes[index].elementCount,
          stride: format.correctionByteCount)
    }
    self.states = states
    weights = format
  }

  /// Takes over the state of an optimizer of the same layout and shard: groups,
  /// options, counts and moments. How it is computed stays.
  package mutating func adopt(_ other: consuming AdEMAMix) {
    other.namedEngine = namedEngine
    other.threadSplit = threadSplit
    other.instructionSet = instructionSet
    other.average = average.take()
    self = other
  }
}

extension OptimizerRecord {
  /// The index of the first group whose settings and elements do not allow the
  /// buffers that it has.
  package func groupOfImpossibleBuffers<Scalar: OptimizerScalar>(
    of scalar: Scalar.Type
  ) -> Int? {
    let grid = TileGrid(
      layout, shard: shard, tileLength: TileGrid.tileLength(of: scalar))
    return groups.indices.first { index in
      !layout.groups[index].canHave(
        groups[index].buffers, count: grid.momentSizes[index].elementCount,
        of: scalar, weights)
    }
  }
}

extension ParameterGroup {
  /// Whether a group with so many elements in the shard can have the buffers.
  fileprivate func canHave<Scalar: OptimizerScalar>(
    _ buffers: [StateBufferName], count: Int, of _: Scalar.Type,
    _ weights: WeightFormat
  ) -> Bool {
    // A group that has always been frozen has none.
    if buffers.isEmpty { return count == 0 || isFrozen }
    let moments = StateBufferName.moments(
      hasFast: hyperparameters.hasFastMoment)
    guard count > 0, buffers.starts(with: moments) else { return false }
    var rest = buffers.dropFirst(moments.count)
    if weights != .scalar, rest.popLast() != .correction { return false }
    switch rest {
    case []: return true
    case [.accumulated]: return !isFrozen
    case [.accumulated, .compensation]:
      return !isFrozen && Scalar.self == Float.self
    default: return false
    }
  }
}

extension StateBufferName {
  /// The moments of a group, in the order of their buffers.
  fileprivate static func moments(hasFast: Bool) -> [StateBufferName] {
    hasFast ? [.fast, .slow, .second] : [.slow, .second]
  }
}

extension GroupState {
  /// The buffers that exist.
  fileprivate var bufferNames: [StateBufferName] {
    var names =
      buffers.map { StateBufferName.moments(hasFast: $0.hasFast) } ?? []
    if accumulated != nil { names.append(.accumulated) }
    if compensation != nil { names.append(.compensation) }
    if corrections != nil { names.append(.correction) }
    return names
  }

  /// The address of a tensor's elements in a buffer.
  fileprivate func address(
    of name: StateBufferName, _ slice: MomentSlice
  ) -> UnsafeMutableRawPointer? {
    let moment: MomentBuffer<Scalar>?
    switch name {
    case .accumulated:
      return unsafe accumulated.map { unsafe .init($0.elements + slice.start) }
    case .compensation:
      return unsafe compensation.map { unsafe .init($0.elements + slice.start) }
    case .correction:
      return unsafe corrections.map {
        unsafe $0.elements + slice.start * $0.stride
      }
    case .fast, .fastMaxima: unsafe moment = buffers?.fast
    case .slow, .slowMaxima: unsafe moment = buffers?.slow
    case .second, .secondMaxima: unsafe moment = buffers?.second
    }
    guard let moment = unsafe moment else { return nil }
    if name.isMaxima {
      return unsafe moment.maxima.map { unsafe .init($0 + slice.block) }
    }
    return unsafe moment.elements
      + slice.start * moment.format.stride(of: Scalar.self)
  }

  /// Takes over what is stored of a group, and provides its buffers.
  fileprivate mutating func restore(
    _ stored: OptimizerRecord.Group, of group: ParameterGroup,
    _ size: MomentSize, _ weights: WeightFormat, stepCount: Int
  ) throws(AdEMAMixError) {
    let count = size.elementCount
    history = MomentHistory(
      stepCounts: stored.stepCounts, scales: stored.scales)
    try history.check(stepCount: stepCount, group: group.name)
    guard count > 0 else { return }
    if stored.buffers.contains(.slow), buffers == nil {
      // Frozen after it had been trained.
      buffers = try MomentBuffers(
        size, group.storage, hasFast: group.hyperparameters.hasFastMoment)
    }
    if stored.buffers.contains(.accumulated) {
      accumulated = try GradientBuffer(count: count)
    }
    if stored.buffers.contains(.compensation) {
      compensation = try GradientBuffer(count: count)
    }
    if stored.buffers.contains(.correction), corrections == nil {
      corrections = try CorrectionBuffer(
        count: count, stride: weights.correctionByteCount)
    }
  }
}

extension MomentHistory {
  /// Checks a history that comes from outside.
  fileprivate func check(
    stepCount: Int, group: String
  ) throws(AdEMAMixError) {
    try stepCounts.check(stepCount: stepCount, group: group)
    for (scale, range) in [
      (scales.fast, LazyScale.range), (scales.slow, LazyScale.dampedRange),
      (scales.second, LazyScale.range),
    ] where !range.contains(scale.value) {
      throw .momentScale(scale.value, group: group)
    }
  }
}
