//===--- Scenario+Random.swift - a life drawn from a seed -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

extension Scenario {
  /// A scenario with all that an optimizer can be asked for, at random.
  ///
  /// Rounding errors stay what they are: see ``Gradient``. For the same reason
  /// no divisor is far below the largest gradient; a beta2 of 0 comes with an
  /// epsilonRoot, or a gradient of 0 would leave nothing to divide by.
  package static func random(seed: Int) -> Scenario {
    var draw = ScenarioDraw(random: RandomNumbers(seed: UInt64(seed)))
    return draw.scenario(seed)
  }
}

private struct ScenarioDraw {
  var random: RandomNumbers
  private var groups: [ParameterGroup] = []
  private var count = 0
  private var options = CallOptions()

  init(random: RandomNumbers) { self.random = random }

  mutating func scenario(_ seed: Int) -> Scenario {
    let order = drawGroups()
    let clock = random.one(of: StepClock.allCases)
    let computation = Computation(
      engine: random.one(of: StepEngine.allCases),
      threads: random.one(of: [1, 2, 3, 4]),
      instructionSet: random.one(of: InstructionSet.available),
      shape: random.one(of: CallShape.allCases))
    let first = stepOptions()
    return Scenario(
      seed: seed, groups, order: order, clock: clock, options: first,
      computation: computation,
      events: (0..<integer(10...30)).map { event($0) })
  }

  private mutating func integer(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  /// Draws groups and their tensors, and returns the order of these.
  private mutating func drawGroups() -> [String]? {
    groups = (0..<integer(1...4)).map { index in
      var group = ParameterGroup("group \(index)", hyperparameters())
      group.isFrozen = random.isTrue(0.15)
      if random.isTrue(0.3) {
        group.learningRateFactor = random.one(of: [0, 0.25, 2])
      }
      return group
    }
    let tensors = (0..<integer(1...6)).map { index in
      let largest = random.isTrue(0.15) ? 3000 : 700
      return TensorSpec(
        "tensor \(index)",
        count: random.isTrue(0.05) ? 0 : integer(1...largest))
    }
    for tensor in tensors {
      groups[integer(0...groups.count - 1)].tensors.append(tensor)
    }
    count = tensors.reduce(0) { $0 + $1.count }
    return random.isTrue(0.5) ? tensors.map(\.name) : nil
  }

  private mutating func hyperparameters() -> Hyperparameters {
    let learningRate: HyperparameterSchedule = random.one(of: [
      0.01, 0.003, .linear(from: 0, to: 0.01, over: 8),
      .warmupCosine(peak: 0.02, warmup: 4, total: 20, to: 0.001),
    ])
    let epsilon = random.one(of: [1e-3, 1e-5, 1e-8])
    let epsilonRoot = random.one(of: [0, 0, 1e-6])
    let weightDecay: HyperparameterSchedule = random.one(of: [
      0, 0.1, .linear(from: 0.5, to: 0, over: 10),
    ])
    if random.isTrue(0.25) {
      return .simplified(
        learningRate: learningRate,
        beta1: random.one(of: [
          0.9, 0.99, .halfLife(from: 0.5, to: 0.99, over: 9),
        ]),
        beta2: random.one(of: [0.5, 0.95]),
        alpha: random.one(of: [0, 0.5, .linear(from: 4, to: 0, over: 7)]),
        epsilon: epsilon, epsilonRoot: epsilonRoot, weightDecay: weightDecay)
    }
    let beta1 = random.one(of: [0, 0, 0.5, 0.9, 0.99])
    let beta2 = random.one(of: [0, 0.5, 0.9, 0.999])
    return Hyperparameters(
      learningRate: learningRate, beta1: beta1, beta2: beta2,
      beta3: random.one(of: [
        0, 0.5, 0.95, 0.9999, .halfLife(from: beta1, to: 0.999, over: 12),
      ]),
      alpha: random.one(of: [0, 5, .linear(from: 0, to: 8, over: 10)]),
      epsilon: epsilon, epsilonRoot: beta2 == 0 ? 0.01 : epsilonRoot,
      weightDecay: weightDecay)
  }

  private mutating func stepOptions() -> CallOptions {
    var options = CallOptions()
    if random.isTrue(0.4) {
      options.gradientScale = random.one(
        of: [0x1p-10, 0x1p-40, 0x1p35, 3, 0.7])
    }
    if random.isTrue(0.4) {
      let numbers: HyperparameterSchedule = random.one(of: [
        1, 2, 3.4, .linear(from: 1, to: 5, over: 6),
        .piecewiseConstant(from: 4, changes: [.init(at: 3, factor: 0.5)]),
      ])
      options.accumulation =
        random.isTrue(0.5) ? .mean(over: numbers) : .sum(over: numbers)
    }
    options.nonFiniteGradients = random.one(of: [
      .propagate, .throw, .skipStep(limit: 0), .skipStep(limit: 2),
      .zeroElements, .zeroElements,
    ])
    if random.isTrue(0.7) {
      let norm = Double(count).squareRoot()
      options.clipping = random.one(of: [
        .globalNorm(0.3 * norm + 0.1), .globalNorm(0.3 * norm + 0.1),
        .globalNorm(0.4 * norm + 0.1, rule: .torch), .globalNorm(1e-11),
        .globalNorm(.infinity), .value(0.6), .value(.infinity),
        .blockRMS(0.7), .blockRMS(0.5), .blockRMS(1e-11), .blockRMS(.infinity),
      ])
    }
    options.isCautious = random.isTrue(0.3)
    if random.isTrue(0.3) {
      options.updateClipping = random.one(of: [0.5, 1, 1.2])
    }
    options.measuresDiagnostics = random.isTrue(0.5)
    self.options = options
    return options
  }

  /// Two thirds of all events are steps.
  private mutating func event(_ index: Int) -> Scenario.Event {
    let name = random.one(of: groups).name
    let nameOrAll = random.isTrue(0.5) ? name : nil
    if random.isTrue(0.65) {
      let gradient = gradient(index)
      return random.isTrue(0.15) ? .update(gradient) : .step(gradient)
    }
    switch integer(0...19) {
    case 0...3: return .options(stepOptions())
    case 4, 5: return .edit(name, .hyperparameters(hyperparameters()))
    case 6:
      return .edit(
        name, .set(.learningRateFactor, random.one(of: [0, 0.5, 3])))
    case 7, 8: return .edit(name, .isFrozen(random.isTrue(0.5)))
    case 9:
      return .damp(random.one(of: [0, 0.5, 1e-8, 1]), group: nameOrAll)
    case 10: return random.isTrue(0.5) ? .reset(group: nameOrAll) : .copy
    case 11: return .engine(random.one(of: StepEngine.allCases))
    case 12: return .instructionSet(random.one(of: InstructionSet.available))
    case 13: return .adamW(stepCount: integer(0...2000))
    case 14: return .restore
    case 15, 16: return .complete
    case 17: return .discard
    case 18:
      return random.isTrue(0.5) ? refusedOption() : .refusedEdit(name)
    default: return random.isTrue(0.5) ? .threads(integer(1...4)) : .evaluate
    }
  }

  private mutating func refusedOption() -> Scenario.Event {
    let (name, value) = random.one(of: [
      (StepOptionName.gradientScale, 0), (.clippingLimit, -1), (.skipLimit, -1),
      (.microBatchCount, 0.4), (.updateClipping, 0),
    ])
    return .refusedOption(name, value)
  }

  /// A gradient that is poisoned often where a policy has to do with it, and
  /// seldom where all of the rest of the run is NaN.
  private mutating func gradient(_ index: Int) -> Gradient {
    var gradient = Gradient(index)
    let propagates = options.nonFiniteGradients == .propagate
    if count > 0, random.isTrue(propagates ? 0.04 : 0.35) {
      for _ in 0..<random.one(of: [1, 1, 3]) {
        gradient.poison[integer(0...count - 1)] = random.one(
          of: Gradient.Poison.allCases)
      }
    }
    return gradient
  }
}
