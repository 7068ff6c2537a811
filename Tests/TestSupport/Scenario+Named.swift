//===--- Scenario+Named.swift - scenarios of one option or change each ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

extension Scenario {
  /// Scenarios of 48 calls, each of one option or change, and the last of all.
  package static let named =
    options + nonFinite + forms + changes + [everything]

  /// The scenario of this name.
  package static func named(_ name: String) -> Scenario {
    guard let found = named.first(where: { $0.name == name }) else {
      preconditionFailure("there is no scenario \(name)")
    }
    return found
  }

  /// Steps on one group, whose decays fold every few of them.
  package static func steps(
    _ count: Int, sizes: [Int], beta1: Double = 0.9,
    storage: MomentStorage = .full, engine: StepEngine = .blas
  ) -> Scenario {
    Scenario(
      [
        ParameterGroup(
          "group", sizes: sizes,
          Hyperparameters(
            learningRate: 0.01, beta1: beta1, beta2: 0.9, beta3: 0.95,
            weightDecay: 0.1), storage: storage)
      ], computation: Computation(engine: engine),
      events: (0..<count).map { .step(Gradient($0)) })
  }

  /// Schedules that move all the time, and decays that fold every few steps.
  private static let warming = Hyperparameters(
    learningRate: .warmupCosine(peak: 0.01, warmup: 5, total: 60),
    beta2: 0.95, weightDecay: .linear(from: 0.2, to: 0.1, over: 40)
  ).warmingUp(alpha: 4, beta3: 0.99, over: 30)
  private static let other = warming.with(\.beta2, 0.9).with(\.weightDecay, 0)

  /// A scenario of tensors whose groups alternate: 19 tiles of `Float`.
  private init(
    _ name: String, first: Hyperparameters = warming,
    second: Hyperparameters = other, isSecondFrozen: Bool = false,
    clock: StepClock = .fromZero, hasNaN: Bool = false,
    before changes: [Int: [Event]] = [:],
    _ options: (inout CallOptions) -> Void = { _ in }
  ) {
    self.init(
      name: name,
      [
        ParameterGroup(
          "first",
          tensors: [
            TensorSpec("w1", shape: [60, 70]),
            TensorSpec("w2", shape: [3, 41]),
          ], first),
        ParameterGroup(
          "second",
          tensors: [
            TensorSpec("bias", count: 7), TensorSpec("none", shape: [0, 4]),
            TensorSpec("scale", shape: []),
          ], second, isFrozen: isSecondFrozen),
      ], order: ["w1", "bias", "none", "w2", "scale"], clock: clock,
      options: CallOptions(options),
      events: (0..<48).flatMap { call in
        let isNaN = hasNaN && [3, 20, 21, 22, 36].contains(call)
        return (changes[call] ?? [])
          + [.step(Gradient(call, isNaN ? [17: .nan] : [:]))]
      })
  }

  private static let options = [
    Scenario("plain"),
    Scenario("scale") { $0.gradientScale = 1.0 / 3 },
    Scenario("mean of 3") { $0.accumulation = .mean(over: 3) },
    // Keeps what rounding has lost.
    Scenario("sum of 20") { $0.accumulation = .sum(over: 20) },
    Scenario("mean of more and more") {
      $0.accumulation = .mean(
        over: .piecewiseConstant(
          from: 1, changes: [.init(at: 4, factor: 3), .init(at: 9, factor: 2)]))
    },
    Scenario("global norm") { $0.clipping = .globalNorm(0.5) },
    Scenario("global norm, as torch") {
      $0.clipping = .globalNorm(0.5, rule: .torch)
    },
    Scenario("infinite norm") { $0.clipping = .globalNorm(.infinity) },
    Scenario("clipped values") { $0.clipping = .value(0.6) },
    Scenario("clipped blocks") { $0.clipping = .blockRMS(0.125) },
    Scenario("cautious") { $0.isCautious = true },
    Scenario("update clipping") { $0.updateClipping = 0.7 },
    Scenario("diagnostics") { $0.measuresDiagnostics = true },
  ]

  private static let nonFinite = [
    ("propagate", NonFinitePolicy.propagate), ("throw", .throw),
    ("skip", .skipStep(limit: 2)), ("skip all", .skipStep(limit: .max)),
    ("zero", .zeroElements),
  ].map { name, policy in
    Scenario("NaN, \(name)", hasNaN: true) { $0.nonFiniteGradients = policy }
  }

  private static let forms: [Scenario] = {
    let simplified = Hyperparameters.simplified(
      learningRate: 0.001,
      beta1: .halfLife(from: 0.9, to: 0.99, over: 30), alpha: 2)
    return [
      Scenario(
        "simplified", first: simplified, second: simplified.with(\.alpha, 0)),
      Scenario("beta1 of 0", first: warming.with(\.beta1, 0)),
      Scenario("from one", clock: .fromOne),
    ]
  }()

  private static let changes = [
    Scenario("frozen", isSecondFrozen: true),
    Scenario(
      "thawed", isSecondFrozen: true,
      before: [10: [.edit("second", .isFrozen(false))]]),
    Scenario(
      "frozen and thawed again",
      before: [
        5: [.edit("second", .isFrozen(true))],
        30: [.edit("second", .isFrozen(false))],
      ]
    ) { $0.accumulation = .mean(over: 4) },
    Scenario(
      "edited",
      before: [
        5: [.edit("first", .set(.learningRateFactor, 0.3))],
        10: [.edit("second", .set(.beta1, 0))],
        30: [.edit("second", .set(.beta1, 0.8))],
      ]),
    Scenario(
      "damped and reset",
      before: [
        6: [.damp(0.3, group: nil)], 12: [.reset(group: nil)],
        30: [.damp(0, group: nil)],
      ]),
    // Among them after each of the stops of a run that is resumed.
    Scenario(
      "completed early, and dropped",
      before: [
        8: [.complete], 12: [.discard], 23: [.discard], 29: [.complete],
        36: [.complete],
      ]
    ) {
      $0.accumulation = .mean(over: 5)
      $0.clipping = .globalNorm(0.4)
    },
  ]

  private static let everything: Scenario = {
    var later = CallOptions {
      $0.gradientScale = 0.7
      $0.accumulation = .mean(over: 3)
      $0.clipping = .globalNorm(0.4)
      $0.nonFiniteGradients = .skipStep(limit: 2)
      $0.isCautious = true
      $0.updateClipping = 0.8
      $0.measuresDiagnostics = true
    }
    let options = later
    later.accumulation = .sum(over: 17)
    later.nonFiniteGradients = .zeroElements
    return Scenario(
      "everything", clock: .fromOne, hasNaN: true,
      before: [
        4: [
          .edit("second", .isFrozen(true)),
          .edit("first", .set(.learningRateFactor, 0.5)),
        ],
        15: [.edit("second", .isFrozen(false)), .damp(0.9, group: nil)],
        24: [.options(later)],
      ]
    ) { $0 = options }
  }()
}
