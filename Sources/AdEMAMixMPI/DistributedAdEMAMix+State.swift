//===--- DistributedAdEMAMix+State.swift - settings and their changes -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// The groups, and the flat index space of their tensors.
  public var layout: ParameterLayout { optimizer.layout }

  /// The part of the flat index space whose moments this rank has.
  public var shard: Range<Int> { optimizer.shard }

  /// Which count the first step shows to schedules.
  public var clock: StepClock { optimizer.clock }

  /// How a step is computed: alike on all ranks, or the next step throws.
  public var engine: Engine {
    get { optimizer.engine }
    set {
      optimizer.engine = newValue
      digest = nil
    }
  }

  /// What steps do around the update: alike on all ranks, or the next step
  /// throws. What they find of a gradient, they find of all ranks' mean.
  public var options: StepOptions {
    get { optimizer.options }
    set {
      guard optimizer.options != newValue else { return }
      optimizer.options = newValue
      digest = nil
    }
  }

  /// The number of steps completed.
  public var stepCount: Int { optimizer.stepCount }

  /// The calls that ``NonFinitePolicy/skipStep(limit:)`` made do nothing.
  public var skippedStepCount: Int { optimizer.skippedStepCount }

  /// The elements that ``NonFinitePolicy/zeroElements`` took as 0, on all ranks.
  public var zeroedElementCount: Int { optimizer.zeroedElementCount }

  /// The bytes of this rank's state: moments, and accumulated gradients.
  public var stateByteCount: Int { optimizer.stateByteCount }

  /// The bytes of the gradients that are packed for MPI during a step.
  public var chunkByteCount: Int { exchange.byteCount }

  /// Where the time of the last step went on this rank.
  public var timing: StepTiming { exchange.timing }

  /// The moments of this rank's shard, by group.
  ///
  /// - Complexity: O(count of the shard).
  public func moments() -> [GroupMoments<Scalar>] { optimizer.moments() }

  /// Changes a group between two steps, as ``AdEMAMix/updateGroup(_:_:)`` does:
  /// alike on all ranks, which agree on it.
  ///
  /// - Parameters:
  ///   - name: The name of the group.
  ///   - edit: Changes the group; its name and tensors must stay.
  /// - Throws: ``DistributedError``, on all ranks. Where it is
  ///   ``DistributedError/disagreement(_:)``, each rank has made its own change.
  public mutating func updateGroup(
    _ name: String, _ edit: (inout ParameterGroup) -> Void
  ) throws(DistributedError) {
    try change { optimizer throws(AdEMAMixError) in
      try optimizer.updateGroup(name, edit)
    }
  }

  /// Changes all groups, or none where one of them is refused, like
  /// ``updateGroup(_:_:)``.
  public mutating func updateGroups(
    _ edit: (inout ParameterGroup) -> Void
  ) throws(DistributedError) {
    try change { optimizer throws(AdEMAMixError) in
      try optimizer.updateGroups(edit)
    }
  }

  /// Multiplies the slow moment by a factor, as
  /// ``AdEMAMix/dampSlowMoment(by:inGroup:)`` does. All ranks must.
  ///
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed.
  public mutating func dampSlowMoment(
    by factor: Double, inGroup group: String? = nil
  ) throws(DistributedError) {
    try change { optimizer throws(AdEMAMixError) in
      try optimizer.dampSlowMoment(by: factor, inGroup: group)
    }
  }

  /// Sets the slow moment to 0, as ``AdEMAMix/resetSlowMoment(inGroup:)`` does.
  /// All ranks must.
  ///
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed.
  public mutating func resetSlowMoment(
    inGroup group: String? = nil
  ) throws(DistributedError) {
    try change { optimizer throws(AdEMAMixError) in
      try optimizer.resetSlowMoment(inGroup: group)
    }
  }

  /// Makes a change on all ranks.
  private mutating func change(
    _ body: (inout AdEMAMix<Scalar>) throws(AdEMAMixError) -> Void
  ) throws(DistributedError) {
    guard !isBroken else { throw .brokenByEarlierFailure }
    let frozen = optimizer.layout.groups.map(\.isFrozen)
    let changed = prepared(body)
    digest = nil
    if optimizer.layout.groups.map(\.isFrozen) != frozen {
      (shards, exchange) = Self.exchange(
        optimizer.layout, placement, between: communicator.ranks,
        pieceCount: pieceCount, displacementLimit: displacementLimit,
        optimizer.splitting)
    }
    try agree(on: changed)
  }
}

#endif
