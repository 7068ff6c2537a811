//===--- GroupState.swift - what a group carries from step to step --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What a group carries from one step to the next.
struct GroupState<Scalar: OptimizerScalar> {
  /// Steps that each moment has taken part in.
  var stepCounts = MomentStepCounts(0)
  /// The factors between the moments and the buffers.
  var scales = MomentScales()
  /// `nil` for a group that has always been frozen or has no element in the
  /// shard.
  var buffers: MomentBuffers<Scalar>?
  /// The gradients that have accumulated, where there have ever been any.
  var sum: GradientBuffer<Scalar>?
  /// What rounding has lost of them, where they were many.
  var residue: GradientBuffer<Scalar>?

  var byteCount: Int {
    (buffers?.byteCount ?? 0) + (sum?.byteCount ?? 0)
      + (residue?.byteCount ?? 0)
  }

  /// Moments that are all 0.
  init(
    _ group: ParameterGroup, _ extent: MomentExtent
  ) throws(AdEMAMixError) {
    guard !group.isFrozen, extent.elementCount > 0 else { return }
    buffers = try MomentBuffers(
      extent, group.storage, hasFast: group.hyperparameters.hasFastMoment)
  }

  /// The same state in other memory.
  func clone(_ splitting: Splitting) throws(AdEMAMixError) -> GroupState {
    var clone = self
    clone.buffers = try buffers?.clone(splitting)
    clone.sum = try sum?.clone(splitting)
    clone.residue = try residue?.clone(splitting)
    return clone
  }

  /// The state for a group that was edited: with moments once it is no longer
  /// frozen, with a fast one once beta1 is no longer 0, and stored as it says.
  func adapted(
    to group: ParameterGroup, _ extent: MomentExtent,
    _ parts: @autoclosure () -> [MomentPart]
  ) throws(AdEMAMixError) -> GroupState {
    var adapted = self
    if group.isFrozen { (adapted.sum, adapted.residue) = (nil, nil) }
    let hasFast = group.hyperparameters.hasFastMoment
    if let buffers {
      if buffers.hasFast != hasFast || buffers.storage != group.storage {
        adapted.buffers = try buffers.converted(
          to: group.storage, hasFast: hasFast, parts())
      }
      if buffers.hasFast != hasFast {
        adapted.stepCounts.fast = 0
        adapted.scales.fast = LazyScale()
      }
    } else {
      let fresh = try GroupState(group, extent)
      if fresh.buffers != nil { adapted.stepCounts = MomentStepCounts(0) }
      adapted.buffers = fresh.buffers
    }
    return adapted
  }

  /// Provides memory for gradients to accumulate in.
  ///
  /// Sums of many Floats lose digits to rounding: a thousand of equal sign up
  /// to 1e-5 of their mean, where optax's running mean loses 5e-7 to nothing.
  /// With their residues they lose 2e-8, at most 16 without 2e-7.
  mutating func accumulate(
    count batchCount: Int
  ) throws(AdEMAMixError) {
    guard let buffers else { return }
    if sum == nil { sum = try GradientBuffer(count: buffers.count) }
    if batchCount > 16, Scalar.self == Float.self, residue == nil {
      residue = try GradientBuffer(count: buffers.count)
    }
  }

  /// The moments the buffers and scales stand for.
  func moments(_ parts: [MomentPart]) -> GroupMoments<Scalar> {
    guard let buffers else {
      return GroupMoments(
        stepCounts: stepCounts, fast: [], slow: [], second: [])
    }
    return unsafe GroupMoments(
      stepCounts: stepCounts,
      fast: buffers.fast?.values(scaledBy: scales.fast, parts) ?? [],
      slow: buffers.slow.values(scaledBy: scales.slow, parts),
      second: buffers.second.values(scaledBy: scales.second, parts))
  }

  /// Checks what ``restore(_:_:)`` relies on.
  func check(
    _ moments: GroupMoments<Scalar>, group: String
  ) throws(AdEMAMixError) {
    let counts = moments.stepCounts
    for count in [counts.fast, counts.slow, counts.second] {
      try checkStepCount(count, group: group)
    }
    let count = buffers?.count ?? 0
    let fastCount = buffers?.hasFast == true ? count : 0
    let expectations: [(MomentName, [Scalar], Int)] = [
      (.fast, moments.fast, fastCount), (.second, moments.second, count),
      // Last: after a switch from AdamW it is as long as the second.
      (.slow, moments.slow, count),
    ]
    for (name, given, expected) in expectations where given.count != expected {
      throw .momentCount(name, given.count, expected: expected, group: group)
    }
    // A NaN is no error: a NaN gradient leaves one.
    let index = unsafe moments.second.withUnsafeBufferPointer {
      unsafe Scalar.firstNegativeIndex(in: $0)
    }
    if let index {
      throw .invalidSecondMoment(
        value: Double(moments.second[index]), index: index, group: group)
    }
  }

  /// Takes over moments that ``check(_:group:)`` has passed.
  mutating func restore(
    _ moments: GroupMoments<Scalar>, _ parts: [MomentPart]
  ) {
    stepCounts = moments.stepCounts
    scales = MomentScales()
    guard let buffers else { return }
    unsafe buffers.fast?.replace(with: moments.fast, parts)
    unsafe buffers.slow.replace(with: moments.slow, parts)
    unsafe buffers.second.replace(with: moments.second, parts)
  }
}

/// Checks a step count that comes from outside: schedules and bias corrections
/// take it as a `Double`, exact up to 2^53.
func checkStepCount(_ count: Int, group: String?) throws(AdEMAMixError) {
  guard (0...1 << 53).contains(count) else {
    throw .stepCount(count, group: group)
  }
}
