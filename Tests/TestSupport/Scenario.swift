//===--- Scenario.swift - an optimizer, and the events of its life --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// An optimizer and the events of its life, as a value: it can be drawn from a
/// seed, cut down while a test fails, and printed as the code that makes it.
package struct Scenario: Sendable, Hashable {
  /// An event in the life of an optimizer, of its parameters, and of their
  /// average.
  package enum Event: Sendable, Hashable {
    /// A call of the step: a whole one, or a micro-batch of one.
    case step(Gradient)
    /// The same call, which writes the update and leaves the parameters.
    case update(Gradient)
    /// The step of the gradients that have accumulated.
    case complete
    case discard
    case options(CallOptions)
    case edit(String, GroupEdit)
    /// Of one group, or of all.
    case damp(Double, group: String?)
    case reset(group: String?)
    case engine(StepEngine)
    case instructionSet(InstructionSet)
    case threads(Int)
    /// The run goes on in a copy of the optimizer: see ``ScenarioRun/copy``.
    case copy
    /// The average is exchanged with the parameters, and back.
    case evaluate
    /// The moments are set to what they are.
    case restore
    /// The moments are set to those of an AdamW run of so many steps.
    case adamW(stepCount: Int)
    /// An edit of all groups that this one refuses.
    case refusedEdit(String)
    /// A step with an option that is out of range.
    case refusedOption(StepOptionName, Double)
  }

  package var name: String
  /// The seed of the parameters and of all gradients.
  package var seed: Int
  package var groups: [ParameterGroup]
  /// The tensors in the flat index space, where they are not group by group.
  package var order: [String]?
  package var clock: StepClock
  package var options: CallOptions
  package var computation: Computation
  package var averageDecay: HyperparameterSchedule
  package var events: [Event]

  package init(
    name: String = "", seed: Int = 0, _ groups: [ParameterGroup],
    order: [String]? = nil, clock: StepClock = .fromZero,
    options: CallOptions = CallOptions(),
    computation: Computation = Computation(),
    averageDecay: HyperparameterSchedule = .halfLife(
      from: 0.1, to: 0.99, over: 30),
    events: [Event]
  ) {
    self.name = name
    self.seed = seed
    self.groups = groups
    self.order = order
    self.clock = clock
    self.options = options
    self.computation = computation
    self.averageDecay = averageDecay
    self.events = events
  }

  package func layout() throws(AdEMAMixError) -> ParameterLayout {
    guard let order else { return try ParameterLayout(groups) }
    return try ParameterLayout(groups, order: order)
  }

  /// The parameters before the first event.
  package func parameters<Scalar: OptimizerScalar>(
    of _: Scalar.Type = Scalar.self
  ) throws -> [Scalar] {
    sample(try layout().count, ~seed)
  }

  /// The index of the first event after so many calls of the step.
  package func index(afterCalls count: Int) -> Int {
    var calls = 0
    return events.firstIndex {
      if calls == count { return true }
      if case .step = $0 { calls += 1 }
      return false
    } ?? events.count
  }
}

/// The way steps are computed, and the shape of memory they are made on.
package struct Computation: Sendable, Hashable {
  package var engine: StepEngine
  package var threads: Int
  package var instructionSet: InstructionSet
  package var shape: CallShape

  package init(
    engine: StepEngine = .blas, threads: Int = 1,
    instructionSet: InstructionSet = .widest, shape: CallShape = .array
  ) {
    self.engine = engine
    self.threads = threads
    self.instructionSet = instructionSet
    self.shape = shape
  }
}

/// A change of a group between two steps.
package enum GroupEdit: Sendable, Hashable {
  case hyperparameters(Hyperparameters)
  case set(HyperparameterName, Double)
  case isFrozen(Bool)
  case directionLimit(Double?)
  case skipsZeroGradients(Bool)

  package func apply(to group: inout ParameterGroup) {
    switch self {
    case .hyperparameters(let new): group.hyperparameters = new
    case .isFrozen(let isFrozen): group.isFrozen = isFrozen
    case .directionLimit(let limit): group.directionLimit = limit
    case .skipsZeroGradients(let skips): group.skipsZeroGradients = skips
    case .set(.learningRateFactor, let value): group.learningRateFactor = value
    case .set(let name, let value): group.hyperparameters.set(name, value)
    }
  }
}

extension Hyperparameters {
  fileprivate mutating func set(_ name: HyperparameterName, _ value: Double) {
    switch name {
    case .learningRate: learningRate = .constant(value)
    case .beta1: beta1 = value
    case .beta2: beta2 = value
    case .beta3: beta3 = .constant(value)
    case .alpha: alpha = .constant(value)
    case .epsilon: epsilon = value
    case .epsilonRoot: epsilonRoot = value
    case .weightDecay: weightDecay = .constant(value)
    case .learningRateFactor: preconditionFailure("it is the group's")
    }
  }
}

/// The gradient of one call, drawn from a seed.
///
/// Rounding errors stay what they are, so that a run can be compared with the
/// equations: no element is near 0, nor is the sum of the elements that make up
/// a step, since all calls at the same step count have the same signs.
package struct Gradient: Sendable, Hashable, ExpressibleByIntegerLiteral {
  package enum Poison: Sendable, Hashable, CaseIterable {
    case nan, infinity, negativeInfinity

    package var value: Double {
      switch self {
      case .nan: .nan
      case .infinity: .infinity
      case .negativeInfinity: -.infinity
      }
    }
  }

  package var seed: Int
  /// The elements that are not finite, in the flat index space.
  package var poison: [Int: Poison]
  /// Whether stretches of the elements are 0, other ones with each seed.
  package var isSparse = false

  /// Whether an element of a sparse gradient is 0.
  package func isZero(at index: Int) -> Bool {
    let length = [1, 30, 300][seed % 3]
    return isSparse && (index / length + seed / 3) % 3 != 0
  }

  package init(_ seed: Int, _ poison: [Int: Poison] = [:]) {
    self.seed = seed
    self.poison = poison
  }

  package init(integerLiteral seed: Int) { self.init(seed) }

  /// The elements: magnitudes from 1/4 to 5/4 of random signs, divided by the
  /// scale that the options multiply them by, if that is a power of two.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func elements<Scalar: OptimizerScalar>(
    _ count: Int, in scenario: Int, step: Int, scale: Double
  ) -> [Scalar] {
    // All of this is exact in every scalar type.
    let magnitude = scale.significand == 1 ? 1 / scale : 1
    var signs = RandomNumbers(of: ~(scenario << 32 + step))
    var sizes = RandomNumbers(of: scenario << 32 + seed)
    var elements: [Scalar] = []
    elements.reserveCapacity(count)
    while elements.count < count {
      let sign = signs.number() < 0 ? -magnitude : magnitude
      elements.append(Scalar(sign * (abs(sizes.number()) + 0.25)))
    }
    // Negative zeros are zeros.
    if isSparse {
      for index in 0..<count where isZero(at: index) { elements[index] *= 0 }
    }
    for (index, poison) in poison where index < count {
      elements[index] = Scalar(poison.value)
    }
    return elements
  }
}

extension ParameterGroup {
  /// The group with another factor of its learning rate.
  package func scaled(by factor: Double) -> ParameterGroup {
    var copy = self
    copy.learningRateFactor = factor
    return copy
  }
}

// MARK: - The same events, otherwise

extension Scenario {
  /// The scenario with one part replaced.
  package func with<Value>(
    _ property: WritableKeyPath<Scenario, Value>, _ value: Value
  ) -> Scenario {
    var copy = self
    copy[keyPath: property] = value
    return copy
  }

  /// The scenario, computed in one way from its start to its end.
  package func computed(
    engine: StepEngine? = nil, threads: Int? = nil,
    instructionSet: InstructionSet? = nil
  ) -> Scenario {
    var copy = self
    if let engine { copy.computation.engine = engine }
    if let threads { copy.computation.threads = threads }
    if let instructionSet { copy.computation.instructionSet = instructionSet }
    copy.events.removeAll {
      switch $0 {
      case .engine: engine != nil
      case .threads: threads != nil
      case .instructionSet: instructionSet != nil
      default: false
      }
    }
    return copy
  }

  /// The scenario, of which every step is measured, or none.
  package func measuring(_ isMeasured: Bool) -> Scenario {
    var copy = self
    copy.options.measuresDiagnostics = isMeasured
    copy.events = events.map {
      guard case .options(var options) = $0 else { return $0 }
      options.measuresDiagnostics = isMeasured
      return .options(options)
    }
    return copy
  }
}
