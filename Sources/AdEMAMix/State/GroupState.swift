//===--- GroupState.swift - what a group carries from step to step --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The state of a group from one step to the next.
struct GroupState<Scalar: OptimizerScalar> {
  /// The history of all tensors of the group that no step has left alone.
  var history = MomentHistory()
  /// `nil` for a group that has always been frozen or has no element in the
  /// shard.
  var buffers: MomentBuffers<Scalar>?
  /// The gradients that have accumulated, where there have ever been any.
  var accumulated: GradientBuffer<Scalar>?
  /// The compensation of the rounding of those gradients, where they were many.
  var compensation: GradientBuffer<Scalar>?
  /// The corrections of the weights, where they are split. There are as many as
  /// moments.
  var corrections: CorrectionBuffer?

  var byteCount: Int {
    (buffers?.byteCount ?? 0) + (accumulated?.byteCount ?? 0)
      + (compensation?.byteCount ?? 0) + (corrections?.byteCount ?? 0)
  }

  /// Moments that are all 0.
  init(
    _ group: ParameterGroup, _ size: MomentSize, _ weights: WeightFormat
  ) throws(AdEMAMixError) {
    guard !group.isFrozen, size.elementCount > 0 else { return }
    buffers = try MomentBuffers(
      size, group.storage, hasFast: group.hyperparameters.hasFastMoment)
    if weights != .scalar {
      corrections = try CorrectionBuffer(
        count: size.elementCount, stride: weights.correctionByteCount)
    }
  }

  /// The bytes that the state of a group takes at first.
  static func byteCount(
    _ group: ParameterGroup, _ size: MomentSize, _ weights: WeightFormat
  ) throws(AdEMAMixError) -> Int {
    guard !group.isFrozen, size.elementCount > 0 else { return 0 }
    let moments = try MomentBuffers<Scalar>.byteCount(
      size, group.storage, hasFast: group.hyperparameters.hasFastMoment)
    if weights == .scalar { return moments }
    return moments
      + CorrectionBuffer.byteCount(
        count: size.elementCount, stride: weights.correctionByteCount)
  }

  /// The same state in other memory.
  func copy(_ threadSplit: ThreadSplit) throws(AdEMAMixError) -> GroupState {
    var copy = self
    copy.buffers = try buffers?.copy(threadSplit)
    copy.accumulated = try accumulated?.copy(threadSplit)
    copy.compensation = try compensation?.copy(threadSplit)
    copy.corrections = try corrections?.copy(threadSplit)
    return copy
  }

  /// The state for a group that was edited: with moments once it is no longer
  /// frozen, with a fast one once beta1 is no longer 0, and stored as it says.
  func adapted(
    to group: ParameterGroup, _ size: MomentSize, _ weights: WeightFormat,
    _ slices: @autoclosure () -> [MomentSlice]
  ) throws(AdEMAMixError) -> GroupState {
    var adapted = self
    if group.isFrozen {
      (adapted.accumulated, adapted.compensation) = (nil, nil)
    }
    let hasFast = group.hyperparameters.hasFastMoment
    if let buffers {
      if buffers.hasFast != hasFast || buffers.storage != group.storage {
        adapted.buffers = try buffers.converted(
          to: group.storage, hasFast: hasFast, slices())
      }
      if buffers.hasFast != hasFast { adapted.history.beginFast() }
    } else {
      let fresh = try GroupState(group, size, weights)
      if fresh.buffers != nil {
        adapted.history.stepCounts = MomentStepCounts(0)
      }
      adapted.buffers = fresh.buffers
      adapted.corrections = fresh.corrections
    }
    return adapted
  }

  /// Provides memory for gradients to accumulate in.
  ///
  /// Relative errors of the mean of `Float` gradients of equal sign: a plain
  /// sum of 1,000 has 1e-5, optax's running mean of 1,000 up to 5e-7, and a sum
  /// with compensation 2e-8. A plain sum of 16 has 2e-7, so compensation starts
  /// at 17.
  mutating func accumulate(
    count batchCount: Int
  ) throws(AdEMAMixError) {
    guard let buffers else { return }
    if accumulated == nil {
      accumulated = try GradientBuffer(count: buffers.count)
    }
    if batchCount > 16, Scalar.self == Float.self, compensation == nil {
      compensation = try GradientBuffer(count: buffers.count)
    }
  }

  /// The moments that the buffers of `slices` and their scales stand for.
  func moments(
    _ slices: [TensorSlice], _ histories: TensorHistories
  ) -> GroupMoments<Scalar> {
    var moments = GroupMoments<Scalar>(
      stepCounts: history.stepCounts, fast: [], slow: [], second: [])
    if !histories.isEmpty {
      moments.tensorStepCounts = slices.map {
        (histories[$0.tensor] ?? history).stepCounts
      }
    }
    guard let buffers else { return moments }
    for slice in slices {
      let scales = (histories[slice.tensor] ?? history).scales
      unsafe buffers.fast?.append(
        slice.moments, scaledBy: scales.fast, to: &moments.fast)
      unsafe buffers.slow.append(
        slice.moments, scaledBy: scales.slow, to: &moments.slow)
      unsafe buffers.second.append(
        slice.moments, scaledBy: scales.second, to: &moments.second)
    }
    return moments
  }

  /// Checks moments that ``restore(_:_:)`` is to take over.
  func check(
    _ moments: GroupMoments<Scalar>, stepCount: Int, tensorCount: Int,
    group: String
  ) throws(AdEMAMixError) {
    let own = moments.tensorStepCounts.count
    guard own == 0 || own == tensorCount else {
      throw .tensorStepCounts(own, expected: tensorCount, group: group)
    }
    for counts in [moments.stepCounts] + moments.tensorStepCounts {
      try counts.check(stepCount: stepCount, group: group)
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

  /// Takes over moments that
  /// ``check(_:stepCount:tensorCount:group:)`` has passed.
  mutating func restore(
    _ moments: GroupMoments<Scalar>, _ slices: [MomentSlice]
  ) {
    history = MomentHistory()
    history.stepCounts = moments.stepCounts
    guard let buffers else { return }
    unsafe buffers.fast?.replace(with: moments.fast, slices)
    unsafe buffers.slow.replace(with: moments.slow, slices)
    unsafe buffers.second.replace(with: moments.second, slices)
  }
}

extension MomentHistory {
  /// Begins a fast moment of 0, of a group that had none before.
  mutating func beginFast() {
    stepCounts.fast = 0
    scales.fast = LazyScale()
  }
}
