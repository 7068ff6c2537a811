//===--- CombinedScript.swift - a random run with random options ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// What a seed stands for: an optimizer, and what happens to it.
///
/// The numbers are such that rounding errors stay what they are. Gradients, once
/// scaled, are not near 0, and divisors not far below the largest gradients.
struct CombinedScript: Sendable {
  enum Event: Sendable {
    case step(CombinedGradient, isUpdate: Bool)
    case options(StepOptions)
    case hyperparameters(Hyperparameters, group: Int)
    case learningRateFactor(Double, group: Int)
    case frozen(Bool, group: Int)
    case damp(Double, group: Int?)
    case reset(group: Int?)
    case engine(Engine, InstructionSet)
    case clone
    /// The moments are set to what they are.
    case restore
    /// Moments of AdamW, drawn from the seed.
    case adamW(stepCount: Int, seed: UInt64)
    /// An edit of all groups that one of them refuses.
    case refusedEdit(group: Int)
    /// A step with options that are out of range.
    case refusedOptions(StepOptions, AdEMAMixError)
  }

  let seed: UInt64
  let layout: ParameterLayout
  let clock: StepClock
  let engine: Engine
  let instructionSet: InstructionSet
  let threads: Int
  let shape: CallShape
  let events: [Event]

  init(seed: UInt64) throws {
    var draw = CombinedDraw(seed: seed)
    self.seed = seed
    layout = try draw.layout()
    clock = draw.one(of: StepClock.allCases)
    engine = draw.one(of: Engine.allCases)
    instructionSet = draw.one(of: InstructionSet.available)
    threads = draw.one(of: [1, 2, 3, 4])
    shape = draw.one(of: CallShape.allCases)
    events = draw.events(layout)
  }

  func parameters<Scalar: OptimizerScalar>() -> [Scalar] {
    var random = RandomNumbers(seed: ~seed)
    return random.numbers(layout.count)
  }
}

extension CombinedScript: CustomStringConvertible {
  var description: String {
    let lines =
      layout.tensors.map {
        "\($0.name): \($0.range.count) in \(layout.groups[$0.group].name)"
      }
      + layout.groups.map {
        "\($0.name): \($0.hyperparameters), factor \($0.learningRateFactor)"
          + ($0.isFrozen ? ", frozen" : "")
      }
      + ["\(clock), \(engine), \(instructionSet), \(threads) threads, \(shape)"]
      + events.enumerated().map { "\($0): \($1)" }
    return "seed \(seed)\n" + lines.joined(separator: "\n")
  }
}

/// The gradients of one call: magnitudes from 1/4 to 5/4, times a power of two
/// that the options undo.
struct CombinedGradient: Sendable {
  let seed: UInt64
  let magnitude: Double
  /// Elements that are not finite, counted in all of the flat index space.
  let poison: [Int: Double]

  /// Other gradients of the same kind for each attempt. Those that make up one
  /// step must have the same signs, or their sum might be near 0.
  func values<Scalar: OptimizerScalar>(
    _ count: Int, signs: UInt64, attempt: Int = 0
  ) -> [Scalar] {
    var random = RandomNumbers(seed: seed &+ UInt64(attempt) << 32)
    var signs = RandomNumbers(seed: ~signs)
    var values: [Scalar] = random.numbers(count).map {
      let value = (abs($0) + 0.25) * Scalar(magnitude)
      return Bool.random(using: &signs) ? value : -value
    }
    for (index, value) in poison { values[index] = Scalar(value) }
    return values
  }
}

/// Draws what a script consists of.
struct CombinedDraw {
  private var random: RandomNumbers
  private var options = StepOptions()
  /// The power of two of unscaled gradients.
  private var magnitude = 1.0
  /// Whether moments may hold what is not finite.
  private var isPoisoned = false

  init(seed: UInt64) { random = RandomNumbers(seed: seed) }

  mutating func one<Element>(of elements: [Element]) -> Element {
    elements[Int.random(in: elements.indices, using: &random)]
  }

  mutating func isTrue(_ probability: Double) -> Bool {
    Double.random(in: 0..<1, using: &random) < probability
  }

  mutating func layout() throws -> ParameterLayout {
    let groupCount = Int.random(in: 1...4, using: &random)
    var groups = (0..<groupCount).map { index in
      var group = ParameterGroup("group \(index)", hyperparameters())
      group.isFrozen = isTrue(0.15)
      if isTrue(0.3) { group.learningRateFactor = one(of: [0, 0.25, 2]) }
      return group
    }
    let tensors = (0..<Int.random(in: 1...6, using: &random)).map { index in
      NamedTensor(
        "tensor \(index)",
        count: isTrue(0.05)
          ? 0
          : Int.random(in: 1...(isTrue(0.15) ? 3000 : 700), using: &random))
    }
    if isTrue(0.5) {
      return try ParameterLayout(tensors) { _ in one(of: groups) }
    }
    for tensor in tensors {
      groups[Int.random(in: groups.indices, using: &random)].tensors
        .append(tensor)
    }
    return try ParameterLayout(groups)
  }

  mutating func hyperparameters() -> Hyperparameters {
    let learningRate: Schedule = one(of: [
      0.01, 0.003, .linear(from: 0, to: 0.01, over: 8),
      .warmupCosine(peak: 0.02, warmup: 4, total: 20, to: 0.001),
    ])
    let epsilon = one(of: [1e-3, 1e-5, 1e-8])
    let epsilonRoot = one(of: [0, 0, 1e-6])
    let weightDecay: Schedule = one(of: [
      0, 0.1, .linear(from: 0.5, to: 0, over: 10),
    ])
    if isTrue(0.25) {
      return .simplified(
        learningRate: learningRate,
        beta1: one(of: [0.9, 0.99, .halfLife(from: 0.5, to: 0.99, over: 9)]),
        beta2: one(of: [0.5, 0.95]),
        alpha: one(of: [0, 0.5, .linear(from: 4, to: 0, over: 7)]),
        epsilon: epsilon, epsilonRoot: epsilonRoot, weightDecay: weightDecay)
    }
    let beta1 = one(of: [0, 0, 0.5, 0.9, 0.99])
    // Of 0 leaves nothing to divide by where a gradient is zeroed.
    let beta2 = one(of: [0, 0.5, 0.9, 0.999])
    return Hyperparameters(
      learningRate: learningRate, beta1: beta1,
      beta2: beta2,
      beta3: one(of: [
        0, 0.5, 0.95, 0.9999, .halfLife(from: beta1, to: 0.999, over: 12),
      ]),
      alpha: one(of: [0, 5, .linear(from: 0, to: 8, over: 10)]),
      epsilon: epsilon, epsilonRoot: beta2 == 0 ? 0.01 : epsilonRoot,
      weightDecay: weightDecay)
  }

  mutating func stepOptions(_ layout: ParameterLayout) -> StepOptions {
    var options = StepOptions()
    let old = self.options
    if isTrue(0.4) {
      options.gradientScale = one(of: [0x1p-10, 0x1p-40, 0x1p35, 3, 0.7])
    }
    magnitude =
      options.gradientScale.significand == 1 ? 1 / options.gradientScale : 1
    if isTrue(0.4) {
      let numbers: Schedule = one(of: [
        1, 2, 3.4, .linear(from: 1, to: 5, over: 6),
        .piecewiseConstant(from: 4, changes: [.init(at: 3, factor: 0.5)]),
      ])
      options.accumulation =
        isTrue(0.5) ? .mean(over: numbers) : .sum(over: numbers)
    }
    options.nonFiniteGradients = one(of: [
      .propagate, .throw, .skipStep(limit: 0), .skipStep(limit: 2),
      .zeroElements, .zeroElements,
    ])
    if isTrue(0.7) {
      let norm = Double(layout.count).squareRoot()
      options.clipping = one(of: [
        .globalNorm(0.3 * norm + 0.1), .globalNorm(0.3 * norm + 0.1),
        .globalNorm(0.4 * norm + 0.1, rule: .torch), .globalNorm(1e-11),
        .globalNorm(.infinity), .value(0.6), .value(.infinity),
        .blockRMS(0.7), .blockRMS(0.5), .blockRMS(1e-11), .blockRMS(.infinity),
      ])
    }
    options.isCautious = isTrue(0.3)
    if isTrue(0.3) { options.updateClipping = one(of: [0.5, 1, 1.2]) }
    options.measuresDiagnostics = isTrue(0.5)
    if isPoisoned {
      // What these make of moments that are not finite is not documented.
      options.nonFiniteGradients = old.nonFiniteGradients
      options.updateClipping = nil
    }
    self.options = options
    return options
  }

  mutating func events(_ layout: ParameterLayout) -> [CombinedScript.Event] {
    let count = Int.random(in: 10...30, using: &random)
    return [.options(stepOptions(layout))]
      + (0..<count).map { _ in event(layout) }
  }

  private mutating func event(_ layout: ParameterLayout) -> CombinedScript.Event
  {
    let group = Int.random(in: layout.groups.indices, using: &random)
    let oneOrAll = isTrue(0.5) ? group : nil
    if isTrue(0.65) {
      return .step(gradient(layout), isUpdate: isTrue(0.15))
    }
    switch Int.random(in: 0..<15, using: &random) {
    case 0...3: return .options(stepOptions(layout))
    case 4, 5: return .hyperparameters(hyperparameters(), group: group)
    case 6: return .learningRateFactor(one(of: [0, 0.5, 3]), group: group)
    case 7, 8: return .frozen(isTrue(0.5), group: group)
    case 9: return .damp(one(of: [0, 0.5, 1e-8, 1]), group: oneOrAll)
    case 10: return isTrue(0.5) ? .reset(group: oneOrAll) : .clone
    case 11:
      return .engine(
        one(of: Engine.allCases), one(of: InstructionSet.available))
    case 12:
      return .adamW(
        stepCount: Int.random(in: 0...2000, using: &random), seed: random.next()
      )
    case 13: return .restore
    default: return isTrue(0.5) ? refusedOptions() : .refusedEdit(group: group)
    }
  }

  private mutating func refusedOptions() -> CombinedScript.Event {
    var refused = options
    let (name, value) = one(of: [
      (StepOptionName.gradientScale, 0), (.clippingLimit, -1), (.skipLimit, -1),
      (.microBatchCount, 0.4), (.updateClipping, 0),
    ])
    switch name {
    case .gradientScale: refused.gradientScale = value
    case .clippingLimit: refused.clipping = .value(value)
    case .skipLimit: refused.nonFiniteGradients = .skipStep(limit: Int(value))
    case .microBatchCount: refused.accumulation = .sum(over: .constant(value))
    case .updateClipping: refused.updateClipping = value
    }
    return .refusedOptions(refused, .optionOutOfRange(name, value: value))
  }

  private mutating func gradient(_ layout: ParameterLayout) -> CombinedGradient
  {
    var poison: [Int: Double] = [:]
    let canPropagate = options.nonFiniteGradients == .propagate
    let probability =
      !canPropagate ? 0.35 : options.updateClipping == nil ? 0.04 : 0
    if layout.count > 0, isTrue(probability) {
      isPoisoned = isPoisoned || canPropagate
      for _ in 0..<one(of: [1, 1, 3]) {
        poison[Int.random(in: 0..<layout.count, using: &random)] =
          one(of: [.nan, .infinity, -.infinity])
      }
    }
    return CombinedGradient(
      seed: random.next(), magnitude: magnitude, poison: poison)
  }
}
