//===--- AdEMAMix+Record.swift - the state as values, and from them -------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// All of the state but the elements of the buffers.
  package var record: OptimizerRecord {
    OptimizerRecord(
      groups: layout.groups.indices.map { index in
        OptimizerRecord.Group(
          group: layout.groups[index], stepCounts: states[index].stepCounts,
          scales: states[index].scales,
          buffers: states[index].bufferNames
        )
      },
      order: layout.tensors.map(\.name),
      shard: [shard.lowerBound, shard.upperBound], clock: clock,
      options: options, counts: counts)
  }

  /// Checks what may be anything between two calls, and could not be restored.
  package func checkRecord() throws(AdEMAMixError) { try options.check() }

  /// The elements of the buffers, tensor by tensor in the order of the layout.
  package var statePieces: [StatePiece] {
    let segments = (plan.segments + plan.frozen).sorted {
      $0.tensor < $1.tensor
    }
    let groups = record.groups
    return segments.flatMap { segment in
      let tensor = layout.tensors[segment.tensor]
      let shape =
        tensor.range.count == segment.count ? tensor.shape : [segment.count]
      return groups[segment.group].stateTensors(shape: shape).compactMap {
        stored in
        let address = unsafe states[segment.group].address(
          of: stored.buffer, segment.momentPart)
        return unsafe address.map {
          unsafe StatePiece(
            tensor: segment.tensor, stored: stored,
            bytes: UnsafeMutableRawBufferPointer(
              start: $0, count: stored.byteCount(of: Scalar.self)))
        }
      }
    }
  }

  /// An optimizer with the state of a record, its buffers' elements being 0.
  ///
  /// - Parameters:
  ///   - record: The state.
  ///   - layout: That of the record's groups and order.
  ///   - shard: That of the record, within the layout.
  ///   - engine: How a step is computed.
  ///   - threads: As for an optimizer made anew.
  /// - Returns: The optimizer.
  /// - Throws: ``AdEMAMixError`` for what an optimizer refuses, whatever it is.
  package static func restored(
    _ record: OptimizerRecord, _ layout: ParameterLayout, shard: Range<Int>,
    engine: Engine, threads: Int?
  ) throws(AdEMAMixError) -> AdEMAMix {
    // Before memory is taken for buffers that are not stored.
    let plan = TilePlan(
      layout, shard: shard, tileCount: TilePlan.tileCount(of: Scalar.self))
    for (stored, extent) in zip(record.groups, plan.groupExtents) {
      guard
        stored.hasPossibleBuffers(count: extent.elementCount, of: Scalar.self)
      else {
        throw .storedBuffers(
          stored.buffers.map(\.rawValue), group: stored.group.name)
      }
    }
    for group in layout.groups {
      try group.hyperparameters.validateSchedules(group: group.name)
      // What a schedule gives is checked at each step: it may have been set
      // late, and never have been right at the first.
      var constants = group
      constants.hyperparameters = group.hyperparameters.withoutSchedules
      try checkValues(of: constants, record.clock)
    }
    var optimizer = try AdEMAMix(
      checked: layout, shard: shard, clock: record.clock, engine: engine,
      threads: threads)
    try record.counts.check()
    for (index, stored) in record.groups.enumerated() {
      try optimizer.states[index].restore(
        stored, optimizer.plan.groupExtents[index])
    }
    try record.options.check()
    optimizer.options = record.options
    optimizer.counts = record.counts
    return optimizer
  }

  /// Takes over the state of an optimizer of the same layout and shard: groups,
  /// options, counts and moments. How it is computed stays.
  package mutating func adopt(_ other: consuming AdEMAMix) {
    other.engine = engine
    other.splitting = splitting
    other.instructionSet = instructionSet
    self = other
  }
}

extension OptimizerRecord.Group {
  /// Whether a group with so many elements in the shard can have the buffers.
  fileprivate func hasPossibleBuffers<Scalar: OptimizerScalar>(
    count: Int, of _: Scalar.Type
  ) -> Bool {
    // A group that has always been frozen has none.
    if buffers.isEmpty { return count == 0 || group.isFrozen }
    let moments: [StateBufferName] =
      group.hyperparameters.hasFastMoment ? [.m1, .m2, .nu] : [.m2, .nu]
    guard count > 0, buffers.starts(with: moments) else { return false }
    switch buffers.dropFirst(moments.count) {
    case []: return true
    case [.sum]: return !group.isFrozen
    case [.sum, .residue]: return !group.isFrozen && Scalar.self == Float.self
    default: return false
    }
  }
}

extension GroupState {
  /// The buffers that exist.
  fileprivate var bufferNames: [StateBufferName] {
    var names: [StateBufferName] = []
    if let buffers { names += buffers.hasFast ? [.m1, .m2, .nu] : [.m2, .nu] }
    if sum != nil { names.append(.sum) }
    if residue != nil { names.append(.residue) }
    return names
  }

  /// Where the elements of a tensor lie in a buffer.
  fileprivate func address(
    of name: StateBufferName, _ part: MomentPart
  ) -> UnsafeMutableRawPointer? {
    let moment: StoredMoment<Scalar>?
    switch name {
    case .sum: return unsafe sum.map { unsafe .init($0.elements + part.start) }
    case .residue:
      return unsafe residue.map { unsafe .init($0.elements + part.start) }
    case .m1, .m1Tops: unsafe moment = buffers?.fast
    case .m2, .m2Tops: unsafe moment = buffers?.slow
    case .nu, .nuTops: unsafe moment = buffers?.second
    }
    guard let moment = unsafe moment else { return nil }
    if name.isTops {
      return unsafe moment.tops.map { unsafe .init($0 + part.block) }
    }
    return unsafe moment.elements
      + part.start * moment.format.stride(of: Scalar.self)
  }

  /// Takes over what is stored of a group, and provides its buffers.
  fileprivate mutating func restore(
    _ stored: OptimizerRecord.Group, _ extent: MomentExtent
  ) throws(AdEMAMixError) {
    let count = extent.elementCount
    let name = stored.group.name
    let counts = stored.stepCounts
    for count in [counts.fast, counts.slow, counts.second] {
      try checkStepCount(count, group: name)
    }
    let values = stored.scales
    for scale in [values.fast, values.slow, values.second]
    where !(0...1).contains(scale.value) {
      throw .momentScale(scale.value, group: name)
    }
    stepCounts = counts
    scales = values
    guard count > 0 else { return }
    if stored.buffers.contains(.m2), buffers == nil {
      // Frozen after it had been trained.
      buffers = try MomentBuffers(
        extent, stored.group.storage,
        hasFast: stored.group.hyperparameters.hasFastMoment)
    }
    if stored.buffers.contains(.sum) {
      sum = try GradientBuffer(count: count)
    }
    if stored.buffers.contains(.residue) {
      residue = try GradientBuffer(count: count)
    }
  }
}
