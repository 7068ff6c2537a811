//===--- CombinedScript+Events.swift - what happens between two steps -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix

extension CombinedScript {
  /// The optimizer at the start.
  func optimizer<Scalar: OptimizerScalar>(
    threads: Int? = nil
  ) throws -> AdEMAMix<Scalar> {
    var optimizer = try AdEMAMix<Scalar>(
      layout, clock: clock, engine: engine, threads: threads ?? self.threads)
    // So that a thread is worth waking for each tile or two.
    optimizer.splitting.byteCountWorthAThread = 2048
    optimizer.instructionSet = instructionSet
    return optimizer
  }
}

extension AdEMAMix {
  /// Does what an event other than a step asks for.
  mutating func apply(_ event: CombinedScript.Event) throws(AdEMAMixError) {
    let names = layout.groups.map(\.name)
    switch event {
    case .step: break
    case .options(let options): self.options = options
    case .hyperparameters(let hyperparameters, let group):
      try updateGroup(names[group]) { $0.hyperparameters = hyperparameters }
    case .learningRateFactor(let factor, let group):
      try updateGroup(names[group]) { $0.learningRateFactor = factor }
    case .frozen(let isFrozen, let group):
      try updateGroup(names[group]) { $0.isFrozen = isFrozen }
    case .damp(let factor, let group):
      try dampSlowMoment(by: factor, inGroup: group.map { names[$0] })
    case .reset(let group):
      try resetSlowMoment(inGroup: group.map { names[$0] })
    case .engine(let engine, let instructionSet):
      (self.engine, self.instructionSet) = (engine, instructionSet)
    case .clone:
      let clone = try clone()
      // What becomes of the original must not reach it.
      options = StepOptions()
      var ones = [Scalar](repeating: 1, count: layout.count)
      for accumulation in [GradientAccumulation.sum(over: 1000), nil] {
        options.accumulation = accumulation
        try step(&ones, gradients: ones)
      }
      self = clone
    case .restore: try restore(stepCount: stepCount, moments: moments())
    case .adamW(let stepCount, let seed):
      var random = RandomNumbers(seed: seed)
      try restore(
        stepCount: stepCount,
        moments: moments().map { $0.adamW(stepCount, from: &random) })
    case .refusedEdit(let group):
      try updateGroups {
        $0.learningRateFactor = 0.125
        if $0.name == names[group] { $0.hyperparameters.beta2 = 1 }
      }
    case .refusedOptions(let refused, _):
      let valid = options
      defer { options = valid }
      options = refused
      var ones = [Scalar](repeating: 1, count: layout.count)
      try step(&ones, gradients: ones)
    }
  }
}

extension PlainOptimizer {
  /// The same.
  mutating func apply(_ event: CombinedScript.Event) throws(AdEMAMixError) {
    func indices(_ group: Int?) -> [Int] {
      group.map { [$0] } ?? Array(groups.indices)
    }
    switch event {
    case .step, .engine, .clone, .restore: break
    case .options(let options): self.options = options
    case .hyperparameters(let hyperparameters, let group):
      edit(group) { $0.hyperparameters = hyperparameters }
    case .learningRateFactor(let factor, let group):
      edit(group) { $0.learningRateFactor = factor }
    case .frozen(let isFrozen, let group):
      edit(group) { $0.isFrozen = isFrozen }
    case .damp(let factor, let group):
      dampSlowMoment(by: factor, in: indices(group))
    case .reset(let group): resetSlowMoment(in: indices(group))
    case .adamW(let stepCount, let seed):
      var random = RandomNumbers(seed: seed)
      restore(
        stepCount: stepCount,
        moments: groups.indices.map {
          var moments = moments(of: $0).adamW(stepCount, from: &random)
          moments.stepCounts = MomentStepCounts(stepCount)
          moments.stepCounts.slow = 0
          moments.slow = moments.slow.map { _ in 0 }
          return moments
        })
    case .refusedEdit(let group):
      throw .hyperparameterOutOfRange(
        .beta2, value: 1, group: groups[group].name,
        scheduleCount: clock.count(after: stepCount))
    case .refusedOptions(_, let error): throw error
    }
  }
}

extension GroupMoments {
  /// Moments of an AdamW run where there are some here.
  fileprivate func adamW(
    _ stepCount: Int, from random: inout RandomNumbers
  ) -> GroupMoments {
    .adamW(
      stepCount: stepCount, first: random.numbers(fast.count),
      second: random.numbers(second.count).map { abs($0) + 0.25 })
  }
}

extension StepClock {
  func count(after stepCount: Int) -> Int {
    self == .fromZero ? stepCount : stepCount + 1
  }
}
