//===--- PlainOptimizer.swift - the documentation, written down in Double -===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// The equations and all options as the documentation has them: whole arrays of
/// `Double`, a loop a sentence, nothing that is fast. The values of schedules
/// alone are the library's, since they have tests of their own.
struct PlainOptimizer {
  private(set) var groups: [ParameterGroup]
  let tensors: [ParameterLayout.Tensor]
  let clock: StepClock
  var options = StepOptions()

  private(set) var stepCount = 0
  private(set) var skippedStepCount = 0
  private(set) var zeroedElementCount = 0
  private var skipsInARow = 0

  // By group.
  var counts: [MomentStepCounts]
  private var hasMoments: [Bool]

  // By element.
  var fast: [Double]
  var slow: [Double]
  var second: [Double]

  /// The gradients that make up the next step, scaled, and how many they are.
  private var sum: [Double]
  private(set) var batchCount = 0

  /// The smallest distance of anything from the sign it would have to change
  /// for a cautious step to come out otherwise, relative to what it is made of.
  var smallestMargin = Double.infinity

  init(_ layout: ParameterLayout, clock: StepClock) {
    groups = layout.groups
    tensors = layout.tensors
    self.clock = clock
    counts = groups.map { _ in MomentStepCounts(0) }
    hasMoments = groups.map { !$0.isFrozen }
    fast = Array(repeating: 0, count: layout.count)
    slow = fast
    second = fast
    sum = fast
  }

  func isFrozen(_ tensor: ParameterLayout.Tensor) -> Bool {
    groups[tensor.group].isFrozen
  }

  // MARK: - Between steps

  /// The elements of a group, in order.
  private func elements(of group: Int) -> [Int] {
    tensors.filter { $0.group == group }.flatMap { Array($0.range) }
  }

  func moments(of group: Int) -> GroupMoments<Double> {
    let elements = hasMoments[group] ? elements(of: group) : []
    return GroupMoments(
      stepCounts: counts[group],
      fast: groups[group].hasFastMoment ? elements.map { fast[$0] } : [],
      slow: elements.map { slow[$0] }, second: elements.map { second[$0] })
  }

  mutating func restore(stepCount: Int, moments: [GroupMoments<Double>]) {
    self.stepCount = stepCount
    for (group, moments) in moments.enumerated() {
      counts[group] = moments.stepCounts
      for (index, element) in elements(of: group).enumerated() {
        if !moments.fast.isEmpty { fast[element] = moments.fast[index] }
        if !moments.slow.isEmpty { slow[element] = moments.slow[index] }
        if !moments.second.isEmpty { second[element] = moments.second[index] }
      }
    }
  }

  mutating func edit(_ index: Int, _ edit: (inout ParameterGroup) -> Void) {
    let hadFast = groups[index].hasFastMoment
    edit(&groups[index])
    if !groups[index].isFrozen, !hasMoments[index] {
      hasMoments[index] = true
      counts[index] = MomentStepCounts(0)
    }
    for element in elements(of: index) {
      // It takes no part in the step under way.
      if groups[index].isFrozen { sum[element] = 0 }
      if groups[index].hasFastMoment != hadFast { fast[element] = 0 }
    }
    if groups[index].hasFastMoment != hadFast { counts[index].fast = 0 }
  }

  mutating func dampSlowMoment(by factor: Double, in indices: [Int]) {
    for element in indices.flatMap({ elements(of: $0) }) {
      // Set to 0, it forgets NaN as well.
      slow[element] = factor == 0 ? 0 : slow[element] * factor
    }
  }

  mutating func resetSlowMoment(in indices: [Int]) {
    dampSlowMoment(by: 0, in: indices)
    for index in indices { counts[index].slow = 0 }
  }

  // MARK: - Steps

  /// Makes a step on `parameters`, or writes the update alone in their place.
  mutating func step(
    _ parameters: inout [Double], gradients: [Double], writesUpdate: Bool
  ) throws(AdEMAMixError) -> PlainReport {
    smallestMargin = .infinity
    let count = clock.count(after: stepCount)
    let needed = (options.accumulation?.numbers.value(at: count) ?? 1).rounded()
    let isComplete = batchCount + 1 >= Int(needed)

    var batch = gradients.map { $0 * options.gradientScale }
    for tensor in tensors where isFrozen(tensor) {
      for i in tensor.range { batch[i] = 0 }
    }
    var report = PlainReport(outcome: .completed)
    if let bad = batch.firstIndex(where: { !$0.isFinite }) {
      switch options.nonFiniteGradients {
      case .propagate: break
      case .throw:
        let tensor = tensors.first { $0.range.contains(bad) }
        throw .nonFiniteGradient(
          value: batch[bad], index: bad - (tensor?.range.lowerBound ?? 0),
          tensor: tensor?.name ?? "")
      case .skipStep(let limit):
        if skipsInARow >= limit { throw .tooManySkippedSteps(limit: limit) }
        skipsInARow += 1
        skippedStepCount += 1
        report.outcome = .skipped
        // It holds what is not finite, so no mean changes it.
        if isComplete { report.gradientNorm = norm(batch) }
        if writesUpdate { parameters = parameters.map { _ in 0 } }
        return report
      case .zeroElements:
        for i in batch.indices where !batch[i].isFinite {
          batch[i] = 0
          report.zeroedElementCount += 1
        }
      }
    }
    skipsInARow = 0
    zeroedElementCount += report.zeroedElementCount

    for i in batch.indices { sum[i] += batch[i] }
    batchCount += 1
    if !isComplete {
      report.outcome = .accumulated(count: batchCount, of: Int(needed))
      if writesUpdate { parameters = parameters.map { _ in 0 } }
      return report
    }
    var gradient = sum
    if options.accumulation?.isSum != true {
      gradient = gradient.map { $0 / Double(batchCount) }
    }
    if options.needsNorm { report.gradientNorm = norm(gradient) }
    report.clipFactor = clip(&gradient)
    move(&parameters, gradient, writesUpdate: writesUpdate, &report)

    stepCount += 1
    sum = sum.map { _ in 0 }
    batchCount = 0
    return report
  }

  private func norm(_ values: some Sequence<Double>) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// Bounds the gradient. Returns the smallest factor.
  private func clip(_ gradient: inout [Double]) -> Double {
    var factor = 1.0
    switch options.clipping {
    case nil: break
    case .value(let limit):
      for i in gradient.indices where abs(gradient[i]) > limit {
        gradient[i] = gradient[i] < 0 ? -limit : limit
      }
    case .globalNorm(let limit, let rule):
      let norm = norm(gradient) + (rule == .torch ? 1e-6 : 0)
      if limit.isFinite, !(norm < limit) { factor = limit / norm }
      for i in gradient.indices { gradient[i] *= factor }
    case .blockRMS(let limit):
      for tensor in tensors where !isFrozen(tensor) && !tensor.range.isEmpty {
        let rms =
          norm(gradient[tensor.range]) / Double(tensor.range.count).squareRoot()
        let own = rms <= limit || limit.isInfinite ? 1 : limit / rms
        for i in tensor.range { gradient[i] *= own }
        if own < factor || own.isNaN { factor = own }
      }
    }
    return factor
  }
}

extension ParameterGroup {
  /// Otherwise the gradient stands in its place.
  var hasFastMoment: Bool {
    hyperparameters.form == .standard && hyperparameters.beta1 != 0
  }
}

extension GradientAccumulation {
  fileprivate var numbers: Schedule {
    switch self {
    case .mean(let numbers), .sum(let numbers): numbers
    }
  }

  fileprivate var isSum: Bool {
    if case .sum = self { true } else { false }
  }
}

extension StepOptions {
  /// Whether a report gives the norm of the gradient.
  fileprivate var needsNorm: Bool {
    switch clipping {
    case .globalNorm, .blockRMS: true
    case .value, nil: nonFiniteGradients != .propagate
    }
  }
}
