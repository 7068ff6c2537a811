//===--- Script.swift - what a run does, call by call ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

/// A run of 48 calls, for every scalar type and engine.
struct Script: Sendable, CustomTestStringConvertible {
  /// What is changed between two calls.
  enum Event: Sendable {
    case freeze(String), thaw(String)
    case rate(String, factor: Double)
    case beta1(String, Double)
    case damp(by: Double), reset
    case options(StepOptions)
  }

  static let callCount = 48
  /// The calls after which it is saved: mid-warm-up, mid-accumulation.
  static let stops = [0, 7, 22, 35]

  let name: String
  var first = warming
  var second = warming.with(\.beta2, 0.9).with(\.weightDecay, 0)
  var clock = StepClock.fromZero
  var options = StepOptions()
  var isSecondFrozen = false
  var firstStorage = MomentStorage.full
  var secondStorage = MomentStorage.full
  /// By the call they come before.
  var events: [Int: [Event]] = [:]
  /// Whether calls 3, 20 to 22 and 36 have NaN in their gradients.
  var hasNaN = false

  var testDescription: String { name }

  /// Schedules that move all the time, and folds every few steps.
  static let warming = Hyperparameters(
    learningRate: .warmupCosine(peak: 0.01, warmup: 5, total: 60),
    beta2: 0.95, weightDecay: .linear(from: 0.2, to: 0.1, over: 40)
  ).warmingUp(alpha: 4, beta3: 0.99, over: 30)

  /// Tensors of two groups that alternate, 19 tiles of Float.
  func layout() throws -> ParameterLayout {
    let first = ParameterGroup("first", self.first, storage: firstStorage)
    let second = ParameterGroup(
      "second", self.second, isFrozen: isSecondFrozen, storage: secondStorage)
    return try ParameterLayout(Self.tensors) {
      $0.name.hasPrefix("w") ? first : second
    }
  }

  static let tensors = [
    NamedTensor("w1", shape: [60, 70]), NamedTensor("bias", count: 7),
    NamedTensor("none", shape: [0, 4]), NamedTensor("w2", shape: [3, 41]),
    NamedTensor("scale", shape: []),
  ]
}

extension Script {
  private init(_ name: String, _ change: (inout StepOptions) -> Void) {
    self.name = name
    change(&options)
  }

  static let all = options + nonFinite + forms + changes + [everything]

  private static let options = [
    Script("plain") { _ in },
    Script("scale") { $0.gradientScale = 1.0 / 3 },
    Script("mean of 3") { $0.accumulation = .mean(over: 3) },
    // Keeps what rounding has lost.
    Script("sum of 20") { $0.accumulation = .sum(over: 20) },
    Script("mean of more and more") {
      $0.accumulation = .mean(
        over: .piecewiseConstant(
          from: 1, changes: [.init(at: 4, factor: 3), .init(at: 9, factor: 2)]))
    },
    Script("global norm") { $0.clipping = .globalNorm(0.5) },
    Script("global norm, as torch") {
      $0.clipping = .globalNorm(0.5, rule: .torch)
    },
    Script("infinite norm") { $0.clipping = .globalNorm(.infinity) },
    Script("clipped values") { $0.clipping = .value(0.25) },
    Script("clipped blocks") { $0.clipping = .blockRMS(0.125) },
    Script("cautious") { $0.isCautious = true },
    Script("update clipping") { $0.updateClipping = 0.7 },
    Script("diagnostics") { $0.measuresDiagnostics = true },
  ]

  private static let nonFinite = [
    ("propagate", NonFinitePolicy.propagate), ("throw", .throw),
    ("skip", .skipStep(limit: 2)), ("skip all", .skipStep(limit: .max)),
    ("zero", .zeroElements),
  ].map { name, policy in
    var script = Script("NaN, \(name)") { $0.nonFiniteGradients = policy }
    script.hasNaN = true
    return script
  }

  private static let forms: [Script] = {
    var simplified = Script("simplified") { _ in }
    simplified.first = .simplified(
      learningRate: 0.001,
      beta1: .halfLife(from: 0.9, to: 0.99, over: 30), alpha: 2)
    simplified.second = simplified.first.with(\.alpha, 0)
    var memoryless = Script("beta1 of 0") { _ in }
    memoryless.first.beta1 = 0
    var fromOne = Script("from one") { _ in }
    fromOne.clock = .fromOne
    return [simplified, memoryless, fromOne]
  }()

  private static let changes: [Script] = {
    var frozen = Script("frozen") { _ in }
    frozen.isSecondFrozen = true
    var thawed = frozen.named("thawed")
    thawed.events = [10: [.thaw("second")]]
    var refrozen = Script("frozen and thawed again") {
      $0.accumulation = .mean(over: 4)
    }
    refrozen.events = [5: [.freeze("second")], 30: [.thaw("second")]]
    var edited = Script("edited") { _ in }
    edited.events = [
      5: [.rate("first", factor: 0.3)], 10: [.beta1("second", 0)],
      30: [.beta1("second", 0.8)],
    ]
    var damped = Script("damped and reset") { _ in }
    damped.events = [6: [.damp(by: 0.3)], 12: [.reset], 30: [.damp(by: 0)]]
    return [frozen, thawed, refrozen, edited, damped]
  }()

  private static let everything: Script = {
    var script = Script("everything") {
      $0.gradientScale = 0.7
      $0.accumulation = .mean(over: 3)
      $0.clipping = .globalNorm(0.4)
      $0.nonFiniteGradients = .skipStep(limit: 2)
      $0.isCautious = true
      $0.updateClipping = 0.8
      $0.measuresDiagnostics = true
    }
    script.hasNaN = true
    script.clock = .fromOne
    var later = script.options
    later.accumulation = .sum(over: 17)
    later.nonFiniteGradients = .zeroElements
    script.events = [
      4: [.freeze("second"), .rate("first", factor: 0.5)],
      15: [.thaw("second"), .damp(by: 0.9)], 24: [.options(later)],
    ]
    return script
  }()

  private func named(_ name: String) -> Script {
    var copy = Script(name) { _ in }
    copy.isSecondFrozen = isSecondFrozen
    return copy
  }
}
