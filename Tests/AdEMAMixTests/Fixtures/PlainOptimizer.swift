//===--- PlainOptimizer.swift - the documentation, written down in Double -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport

/// The equations and all options as the documentation has them: whole arrays of
/// `Double`, a loop a sentence, nothing that is fast. The values of schedules
/// alone are the library's, since they have tests of their own.
struct PlainOptimizer {
  private(set) var groups: [ParameterGroup]
  let tensors: [ParameterLayout.Tensor]
  let clock: StepClock
  var options = CallOptions()
  /// The largest magnitude that the moments take in of what is finite.
  var gradientLimit = 0x1p240

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

  var parameters: [Double]
  /// The average of the parameters; see ``ParameterAverage``.
  private(set) var average: [Double]
  private var averageDecay: HyperparameterSchedule
  private var averageCount = 0

  /// The gradients that make up the next step, scaled, and how many they are.
  private var sum: [Double]
  private(set) var batchCount = 0

  /// The distance of a number from 0, relative to the terms it is made of, up
  /// to which rounding decides on its sign.
  let margin: Double
  /// The elements that the last cautious step moved or masked by such a sign.
  var undecided: [Int] = []
  /// The ones of them that are to have the other sign.
  var flipped: Set<Int> = []

  init(
    _ layout: ParameterLayout, _ parameters: [Double],
    clock: StepClock = .fromZero, averageDecay: HyperparameterSchedule = 0,
    margin: Double = 0
  ) {
    groups = layout.groups
    tensors = layout.tensors
    self.clock = clock
    self.parameters = parameters
    self.averageDecay = averageDecay
    self.margin = margin
    average = parameters
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

  /// Lets an event happen, with the elements of its gradient, if it has any.
  mutating func apply(
    _ event: Scenario.Event, _ gradients: [Double]
  ) throws(AdEMAMixError) -> PlainReport? {
    switch event {
    case .step:
      let report = try step(gradients)
      if report.outcome == .completed { updateAverage() }
      return report
    case .update: return try step(gradients, writesUpdate: true)
    case .complete:
      let report = try completeStep()
      updateAverage()
      return report
    case .discard: discardAccumulatedGradients()
    case .options(let options): self.options = options
    case .edit(let name, let edit):
      for index in indices(name) { self.edit(index, edit) }
    case .damp(let factor, let name):
      for index in indices(name) { dampSlowMoment(by: factor, of: index) }
    case .reset(let name):
      for index in indices(name) {
        dampSlowMoment(by: 0, of: index)
        counts[index].slow = 0
      }
    case .engine, .instructionSet, .threads, .copy, .evaluate: break
    // The gradients that have accumulated belong to another state.
    case .restore: discardAccumulatedGradients()
    case .adamW(let stepCount): startAfterAdamW(stepCount)
    case .refusedEdit(let name):
      throw .hyperparameterOutOfRange(
        .beta2, value: 1, group: name,
        scheduleCount: clock.count(after: stepCount))
    case .refusedOption(let name, let value):
      throw .optionOutOfRange(name, value: value)
    }
    return nil
  }

  /// The index of a group, or of all.
  private func indices(_ name: String?) -> [Int] {
    groups.indices.filter { name == nil || groups[$0].name == name }
  }

  private mutating func startAfterAdamW(_ stepCount: Int) {
    self.stepCount = stepCount
    discardAccumulatedGradients()
    for group in groups.indices {
      counts[group] = MomentStepCounts(stepCount)
      counts[group].slow = 0
      let moments = moments(of: group).ofAdamW(stepCount)
      for (index, element) in elements(of: group).enumerated()
      where hasMoments[group] {
        if groups[group].hasFastMoment { fast[element] = moments.fast[index] }
        slow[element] = 0
        second[element] = moments.second[index]
      }
    }
  }

  private mutating func edit(_ index: Int, _ edit: GroupEdit) {
    let hadFast = groups[index].hasFastMoment
    edit.apply(to: &groups[index])
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

  private mutating func dampSlowMoment(by factor: Double, of index: Int) {
    for element in elements(of: index) {
      // Set to 0, it forgets NaN as well.
      slow[element] = factor == 0 ? 0 : slow[element] * factor
    }
  }

  private mutating func updateAverage() {
    let decay = averageDecay.value(at: averageCount)
    average = zip(average, parameters).map { decay * $0 + (1 - decay) * $1 }
    averageCount += 1
  }

  // MARK: - Steps

  /// Makes a step, or reports the update alone.
  @discardableResult
  mutating func step(
    _ gradients: [Double], writesUpdate: Bool = false
  ) throws(AdEMAMixError) -> PlainReport {
    let count = clock.count(after: stepCount)
    let needed = (options.accumulation?.numbers.value(at: count) ?? 1).rounded()
    let isComplete = batchCount + 1 >= Int(needed)

    var batch = gradients.map { $0 * options.gradientScale }
    for tensor in tensors where isFrozen(tensor) {
      for i in tensor.range { batch[i] = 0 }
    }
    var report = PlainReport(outcome: .completed)
    if writesUpdate { report.update = parameters.map { _ in 0 } }
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
      return report
    }
    complete(&report)
    return report
  }

  /// Makes the step with the gradients that have come.
  private mutating func completeStep() throws(AdEMAMixError) -> PlainReport {
    guard batchCount > 0 else { throw .nothingAccumulated }
    skipsInARow = 0
    var report = PlainReport(outcome: .completed)
    complete(&report)
    return report
  }

  private mutating func discardAccumulatedGradients() {
    sum = sum.map { _ in 0 }
    batchCount = 0
  }

  private mutating func complete(_ report: inout PlainReport) {
    var gradient = sum
    if options.accumulation?.isSum != true {
      gradient = gradient.map { $0 / Double(batchCount) }
    }
    if options.needsNorm { report.gradientNorm = norm(gradient) }
    report.clipFactor = clip(&gradient)
    for i in gradient.indices where gradient[i].isFinite {
      gradient[i] = min(max(gradient[i], -gradientLimit), gradientLimit)
    }
    move(gradient, &report)

    stepCount += 1
    discardAccumulatedGradients()
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
  fileprivate var numbers: HyperparameterSchedule {
    switch self {
    case .mean(let numbers), .sum(let numbers): numbers
    }
  }

  fileprivate var isSum: Bool {
    if case .sum = self { true } else { false }
  }
}

extension CallOptions {
  /// Whether a report gives the norm of the gradient.
  fileprivate var needsNorm: Bool {
    switch self.clipping {
    case .globalNorm, .blockRMS: true
    case .value, nil: self.nonFiniteGradients != .propagate
    }
  }
}

extension StepClock {
  func count(after stepCount: Int) -> Int {
    self == .fromZero ? stepCount : stepCount + 1
  }
}
