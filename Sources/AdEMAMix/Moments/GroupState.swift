//===--- GroupState.swift - what a group carries from step to step --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What a group carries from one step to the next.
struct GroupState<Scalar: OptimizerScalar> {
  /// Steps taken, for the bias corrections.
  var stepCount = 0
  /// The factors between the moments and the buffers.
  var scales = MomentScales()
  /// `nil` for a group that is frozen or has no element in the shard.
  var buffers: MomentBuffers<Scalar>?

  /// Zero moments of `count` elements.
  init(_ group: ParameterGroup, count: Int) throws(AdEMAMixError) {
    guard !group.isFrozen, count > 0 else { return }
    buffers = try MomentBuffers(
      count: count, hasFast: group.hyperparameters.beta1 != 0)
  }

  /// Takes over the content of the same group's state in another optimizer.
  mutating func update(from source: GroupState) {
    stepCount = source.stepCount
    scales = source.scales
    if let buffers, let content = source.buffers {
      buffers.update(from: content)
    }
  }

  /// The moments the buffers and scales stand for.
  func moments() -> GroupMoments<Scalar> {
    guard let buffers else {
      return GroupMoments(stepCount: stepCount, fast: [], slow: [], second: [])
    }
    func unscaled(
      _ buffer: UnsafeMutablePointer<Scalar>, _ scale: LazyScale
    ) -> [Scalar] {
      unsafe UnsafeBufferPointer(start: buffer, count: buffers.count).map {
        Scalar(Double($0) * scale.value)
      }
    }
    return unsafe GroupMoments(
      stepCount: stepCount,
      fast: buffers.fast.map { unsafe unscaled($0, scales.fast) } ?? [],
      slow: unscaled(buffers.slow, scales.slow),
      second: unscaled(buffers.second, scales.second))
  }

  /// Checks what ``restore(_:)`` relies on.
  func check(
    _ moments: GroupMoments<Scalar>, group: String
  ) throws(AdEMAMixError) {
    try checkStepCount(moments.stepCount, group: group)
    let count = buffers?.count ?? 0
    let fastCount = unsafe buffers?.fast == nil ? 0 : count
    let expectations: [(MomentName, [Scalar], Int)] = [
      (.fast, moments.fast, fastCount), (.slow, moments.slow, count),
      (.second, moments.second, count),
    ]
    for (name, given, expected) in expectations where given.count != expected {
      throw .momentCount(name, given.count, expected: expected, group: group)
    }
    // A NaN is no error: a NaN gradient leaves one.
    if let index = moments.second.firstIndex(where: { $0 < 0 }) {
      throw .invalidSecondMoment(
        value: Double(moments.second[index]), index: index, group: group)
    }
  }

  /// Takes over moments that ``check(_:group:)`` has passed.
  mutating func restore(_ moments: GroupMoments<Scalar>) {
    stepCount = moments.stepCount
    scales = MomentScales()
    guard let buffers else { return }
    unsafe buffers.fast?.update(from: moments.fast, count: moments.fast.count)
    unsafe buffers.slow.update(from: moments.slow, count: buffers.count)
    unsafe buffers.second.update(from: moments.second, count: buffers.count)
  }
}

/// Checks a step count that comes from outside: schedules and bias corrections
/// take it as a `Double`, exact up to 2^53.
func checkStepCount(_ count: Int, group: String?) throws(AdEMAMixError) {
  guard (0...1 << 53).contains(count) else {
    throw .stepCount(count, group: group)
  }
}
