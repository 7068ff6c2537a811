//===--- SegmentSums.swift - what one part of a step finds in one segment -===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// What one part of a step finds in the elements of a segment that are its own.
///
/// A segment that several parts share has one of these for each; they add up to
/// the same whoever worked on what.
struct SegmentSums {
  var gradient = GradientSums()
  /// Elements whose direction and gradient agree in sign.
  var agreementCount = 0
  /// Squares of g/√ν.
  var excess = ReproducibleSum()
  var measured = MeasuredSums()

  mutating func add(_ other: SegmentSums) {
    gradient.add(other.gradient)
    agreementCount += other.agreementCount
    excess.add(other.excess)
    measured.add(other.measured)
  }
}

/// The sums that diagnostics need, of moments as they are stored.
struct MeasuredSums {
  var gradient = MeasuredSum()
  var fast = MeasuredSum()
  var slow = MeasuredSum()
  var second = MeasuredSum()
  var direction = MeasuredSum()
  var fastSlow = MeasuredSum()

  mutating func add(_ other: MeasuredSums) {
    gradient.add(other.gradient)
    fast.add(other.fast)
    slow.add(other.slow)
    second.add(other.second)
    direction.add(other.direction)
    fastSlow.add(other.fastSlow)
  }

  /// Takes in a measurement of some tiles: of the same ones whoever works on
  /// them, or the sums would depend on it.
  mutating func add(_ measurement: ademamix_measurement) {
    var measurement = measurement
    let sums = unsafe ademamix_total(&measurement)
    gradient.add(sums.gradient)
    fast.add(sums.fast)
    slow.add(sums.slow)
    second.add(sums.second)
    direction.add(sums.direction)
    fastSlow.add(sums.fast_slow)
  }
}

/// A sum that may have met something that is not finite.
struct MeasuredSum {
  private var finite = ReproducibleSum()
  private var isFinite = true

  /// The sum, or NaN.
  var value: Double { isFinite ? finite.value : .nan }

  mutating func add(_ number: Double) {
    if number.isFinite { finite.add(number) } else { isFinite = false }
  }

  mutating func add(_ other: MeasuredSum) {
    finite.add(other.finite)
    isFinite = isFinite && other.isFinite
  }
}

/// What the parts of a pass find, first for themselves and then together.
struct SurveySums {
  /// By the sum of segment and part index: the parts of a pass are contiguous,
  /// so that no two have the same.
  private var parts: [SegmentSums] = []
  private var segments: [SegmentSums] = []

  /// What was found in a segment.
  subscript(segment: Int) -> SegmentSums { segments[segment] }

  /// Forgets what earlier passes found.
  mutating func clear(_ plan: TilePlan, _ splitting: Splitting) {
    let count = plan.segments.count
    segments.clear(count: count)
    parts.clear(count: count + splitting.threadCount)
  }

  /// Takes what was found in whole tensors in the place of what was found in
  /// the shard's segments.
  mutating func replaceSegments(_ whole: [SegmentSums]) { segments = whole }

  mutating func withUnsafeMutableParts(
    _ body: (UnsafeMutableBufferPointer<SegmentSums>) -> Void
  ) {
    unsafe parts.withUnsafeMutableBufferPointer { unsafe body($0) }
  }

  /// Joins what the parts of a pass over some tiles found.
  mutating func collect(
    _ plan: TilePlan, tiles: Range<Int>, _ splitting: Splitting
  ) {
    for part in 0..<splitting.parts(of: tiles) {
      let share = splitting.part(part, of: tiles)
      for index in plan.segments(in: share) {
        segments[index].add(parts[index + part])
        parts[index + part] = SegmentSums()
      }
    }
  }
}

extension [SegmentSums] {
  fileprivate mutating func clear(count: Int) {
    removeAll(keepingCapacity: true)
    append(contentsOf: repeatElement(SegmentSums(), count: count))
  }
}
