//===--- ScenarioRun.swift - an optimizer that lives through a scenario ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// The library's optimizer in a scenario, with its parameters and their
/// average.
package struct ScenarioRun<Scalar: OptimizerScalar>: ~Copyable {
  package let scenario: Scenario
  package var optimizer: AdEMAMix<Scalar>
  package var parameters: [Scalar]
  package var average: ParameterAverage<Scalar>
  /// The arguments of the next calls.
  package var options: CallOptions
  /// The way a copy is made: a clone, unless a test saves and loads instead.
  package var copy: (inout ScenarioRun) throws -> Void = {
    try $0.optimizer.becomeClone()
  }
  /// The answer to the last event.
  package private(set) var last = Answer()

  /// The answer of the library to an event.
  package struct Answer {
    package var report: StepReport?
    /// The description of what is thrown: NaN in an error equals nothing.
    package var error: String?
    /// The memory that updates were to be written into.
    package var update: [Scalar]?
  }

  /// A run at its start, of a shard of the parameters or of all.
  package init(_ scenario: Scenario, shard: Range<Int>? = nil) throws {
    let layout = try scenario.layout()
    let shard = shard ?? 0..<layout.count
    var optimizer = try AdEMAMix<Scalar>(
      layout, shard: shard, clock: scenario.clock,
      engine: scenario.computation.engine)
    optimizer.options = scenario.options.options
    let parameters = Array(try scenario.parameters(of: Scalar.self)[shard])
    try self.init(
      scenario, optimizer, parameters,
      ParameterAverage(of: parameters, decay: scenario.averageDecay))
  }

  /// A run that goes on from a state, computed as the scenario begins.
  package init(
    _ scenario: Scenario, _ optimizer: consuming AdEMAMix<Scalar>,
    _ parameters: [Scalar], _ average: consuming ParameterAverage<Scalar>
  ) {
    self.scenario = scenario
    self.optimizer = optimizer
    self.parameters = parameters
    self.average = average
    options = scenario.options
    compute(as: scenario.computation)
  }

  /// Goes on in another way.
  package mutating func compute(as computation: Computation) {
    optimizer.engine = computation.engine
    optimizer.instructionSet = computation.instructionSet
    split(over: computation.threads)
  }

  private mutating func split(over threads: Int) {
    optimizer.threadSplit = ThreadSplit(threadCount: threads)
    // So that a thread is worth waking for each tile or two.
    optimizer.threadSplit.byteCountWorthAThread = 2048
    average.threadSplit = optimizer.threadSplit
  }

  /// Lets an event happen.
  @discardableResult
  package mutating func apply(_ event: Scenario.Event) throws -> Answer {
    last = Answer()
    let shape = scenario.computation.shape
    do {
      switch event {
      case .step(let gradient):
        last.report = try optimizer.step(
          shape, &parameters, gradients: elements(of: gradient), options)
      case .complete:
        last.report = try optimizer.completeStep(shape, &parameters, options)
      case .update(let gradient):
        var update = parameters
        defer { last.update = update }
        last.report = try optimizer.make(
          .writeUpdate, shape, &update, elements(of: gradient), options)
      case .copy: try copy(&self)
      case .evaluate:
        for _ in 0..<2 { try average.swap(with: &parameters) }
      case .threads(let count): split(over: count)
      case .options(let new):
        options = new
        try event.apply(to: &optimizer)
      default: try event.apply(to: &optimizer)
      }
    } catch let error as AdEMAMixError {
      last.error = error.description
    }
    if let report = last.report, last.update == nil {
      try average.update(with: parameters, after: report)
    }
    return last
  }

  /// Lets events happen, all there are unless some are given.
  package mutating func apply(_ events: ArraySlice<Scenario.Event>? = nil)
    throws
  {
    for event in events ?? scenario.events[...] { try apply(event) }
  }

  /// The elements of a gradient in the shard.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func elements(of gradient: Gradient) -> [Scalar] {
    let all: [Scalar] = gradient.elements(
      optimizer.layout.count, in: scenario.seed, step: optimizer.stepCount,
      scale: options.gradientScale)
    return Array(all[optimizer.shard])
  }

  /// The bits of parameters and moments.
  package var bits: [UInt64] {
    @specialized(where Scalar == Float)
    @specialized(where Scalar == Double)
    get {
      optimizer.copyMoments().reduce(
        into: parameters.map { TestSupport.bits($0) }
      ) {
        $0 += ($1.fast + $1.slow + $1.second).map { TestSupport.bits($0) }
      }
    }
  }
}

/// The bits of a number. All NaN are alike: IEEE leaves theirs open.
@inlinable
package func bits(_ number: some BinaryFloatingPoint) -> UInt64 {
  number.isNaN ? .max : Double(number).bitPattern
}

extension Scenario {
  /// A run that has come to its end.
  package func run<Scalar: OptimizerScalar>(
    of _: Scalar.Type = Scalar.self, shard: Range<Int>? = nil
  ) throws -> ScenarioRun<Scalar> {
    var run = try ScenarioRun<Scalar>(self, shard: shard)
    try run.apply()
    return run
  }
}

// MARK: - Events

extension Scenario.Event {
  /// Lets an event happen that needs no parameters.
  package func apply<Scalar>(
    to optimizer: inout AdEMAMix<Scalar>
  ) throws(AdEMAMixError) {
    switch self {
    case .step, .update, .complete, .evaluate, .threads:
      preconditionFailure("the run does it")
    case .discard: optimizer.discardAccumulatedGradients()
    case .options(let options): optimizer.options = options.options
    case .edit(let group, let edit):
      try optimizer.updateGroup(group) { edit.apply(to: &$0) }
    case .damp(let factor, let group):
      try optimizer.dampSlowMoment(by: factor, inGroup: group)
    case .reset(let group): try optimizer.resetSlowMoment(inGroup: group)
    case .engine(let engine): optimizer.engine = engine
    case .instructionSet(let set): optimizer.instructionSet = set
    case .copy: try optimizer.becomeClone()
    case .restore:
      try optimizer.restore(
        stepCount: optimizer.stepCount, moments: optimizer.copyMoments())
    case .adamW(let stepCount):
      let moments = optimizer.copyMoments().map { $0.ofAdamW(stepCount) }
      try optimizer.restore(stepCount: stepCount, moments: moments)
    case .refusedEdit(let group):
      try optimizer.updateGroups {
        $0.learningRateFactor = 0.125
        if $0.name == group { $0.hyperparameters.beta2 = 1 }
      }
    case .refusedOption(let name, let value):
      let valid = optimizer.options
      defer { optimizer.options = valid }
      var options = CallOptions { $0.options = valid }
      options.set(name, value)
      optimizer.options = options.options
      try optimizer.stepOnOnes(
        gradientScale: options.gradientScale, weight: options.weight)
    }
  }
}

extension AdEMAMix {
  /// Goes on in a clone, which nothing reaches that becomes of the original.
  fileprivate mutating func becomeClone() throws(AdEMAMixError) {
    let clone = try copy()
    options = StepOptions()
    for accumulation in [GradientAccumulation.sum(over: 1000), nil] {
      options.accumulation = accumulation
      try stepOnOnes()
    }
    self = clone
  }

  fileprivate mutating func stepOnOnes(
    gradientScale: Double = 1, weight: Double = 1
  ) throws(AdEMAMixError) {
    var ones = [Scalar](repeating: 1, count: shard.count)
    try step(
      &ones, gradients: ones, gradientScale: gradientScale, weight: weight)
  }
}

extension CallOptions {
  fileprivate mutating func set(_ name: StepOptionName, _ value: Double) {
    switch name {
    case .gradientScale: gradientScale = value
    case .weight: weight = value
    case .clippingLimit: self.clipping = .value(value)
    case .skipLimit: self.nonFiniteGradients = .skipStep(limit: Int(value))
    case .microBatchCount: self.accumulation = .sum(over: .constant(value))
    case .updateClipping: self.updateClipping = value
    }
  }
}

extension GroupMoments {
  /// The moments of an AdamW run, of as many elements as these.
  package func ofAdamW(_ stepCount: Int) -> GroupMoments {
    .adamW(
      stepCount: stepCount, first: sample(fast.count, stepCount),
      second: sample(second.count, ~stepCount).map { abs($0) + 0.25 })
  }
}
