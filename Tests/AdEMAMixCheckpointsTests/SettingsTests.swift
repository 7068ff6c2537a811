//===--- SettingsTests.swift - settings of a file, and those of the code --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

@Suite struct `A file of other settings than the code's` {
  @Test func `is told apart in each hyperparameter`() throws {
    let simplified = Hyperparameters.simplified(
      learningRate: 0.1, beta1: 0.9, alpha: 2)
    let changes: [String: (inout Hyperparameters) -> Void] = [
      "learningRate": { $0.learningRate = .linear(from: 1, to: 0, over: 9) },
      "beta1": { $0.beta1 = 0.5 }, "beta2": { $0.beta2 = 0.5 },
      "beta3": { $0.beta3 = 0.5 }, "alpha": { $0.alpha = 1 },
      "epsilon": { $0.epsilon = 1 }, "epsilonRoot": { $0.epsilonRoot = 1 },
      "weightDecay": { $0.weightDecay = 1 }, "form": { $0 = simplified },
    ]
    expectAllFields(of: SmallSettings().group.hyperparameters, changes.keys)
    for (name, change) in changes {
      var code = SmallSettings()
      change(&code.group.hyperparameters)
      let found = try code.differences()
      let fields =
        name == "form" ? found.filter { $0.field.hasSuffix(name) } : found
      #expect(fields.map(\.field) == ["group 'a' · \(name)"])
      #expect(fields.allSatisfy { $0.inFile != $0.inCode && !$0.isKept })
    }
  }

  @Test func `is told apart in each setting of a group`() throws {
    let changes: [String: (inout ParameterGroup) -> Void] = [
      "learningRateFactor": { $0.learningRateFactor = 0.5 },
      "isFrozen": { $0.isFrozen = true },
      "storage": { $0.storage.seed = 5 },
      "directionLimit": { $0.directionLimit = 5 },
      "skipsZeroGradients": { $0.skipsZeroGradients = true },
    ]
    // Names and shapes are what a file must have alike.
    let identity = ["name", "tensors", "hyperparameters"]
    expectAllFields(of: SmallSettings().group, changes.keys + identity)
    for (name, change) in changes {
      var code = SmallSettings()
      change(&code.group)
      #expect(try code.differences().map(\.field) == ["group 'a' · \(name)"])
    }
  }

  @Test func `is told apart in each option`() throws {
    let changes: [String: (inout StepOptions) -> Void] = [
      "accumulation": { $0.accumulation = .mean(over: 4) },
      "nonFiniteGradients": { $0.nonFiniteGradients = .skipStep(limit: 3) },
      "clipping": { $0.clipping = .globalNorm(1) },
      "updateClipping": { $0.updateClipping = 1 },
      "isCautious": { $0.isCautious = true },
      "allowsMissingGradients": { $0.allowsMissingGradients = true },
    ]
    expectAllFields(of: StepOptions(), changes.keys)
    for (name, change) in changes {
      var code = SmallSettings()
      change(&code.options)
      #expect(try code.differences().map(\.field) == ["options · \(name)"])
    }
  }

  @Test func `is told apart in clock and engine, and not where it is the same`()
    throws
  {
    var code = SmallSettings()
    #expect(try code.differences() == [])
    code.clock = .fromOne
    code.engine = .reference
    let found = try code.differences()
    #expect(found.map(\.field) == ["clock", "engine"])
    #expect(
      found.map(\.description) == [
        "clock: fromOne in the code, fromZero in the file, which counts",
        "engine: fused in the file, reference in the code, which is kept",
      ])
  }

  @Test func `has its schedules in words`() throws {
    let schedules: [(HyperparameterSchedule, String)] = [
      (0.5, "0.5"),
      (
        .polynomial(from: 1, to: 2, power: 3, over: 4, startingAt: 5),
        "polynomial(from: 1.0, to: 2.0, power: 3.0, over: 4, startingAt: 5)"
      ),
      (
        .exponentialDecay(from: 1, rate: 0.5, over: 4, limit: 0.1),
        "exponentialDecay(from: 1.0, rate: 0.5, over: 4, startingAt: 0, "
          + "isStaircase: false, limit: 0.1)"
      ),
      (
        .squareRootDecay(from: 1, over: 4),
        "squareRootDecay(from: 1.0, to: 0.0, over: 4)"
      ),
      (
        .piecewiseConstant(from: 1, changes: [.init(at: 3, factor: 0.5)]),
        "piecewiseConstant(from: 1.0, changes: [at 3: 0.5])"
      ),
      (
        .joined(
          schedules: [0.5, .halfLife(from: 0, to: 0.5, over: 4)],
          boundaries: [7]),
        "joined([0.5, halfLife(from: 0.0, to: 0.5, over: 4)], boundaries: [7])"
      ),
      (.table([0.5, 0.25]), "table([0.5, 0.25])"),
      (
        .table((0..<10).map(Double.init)),
        "table(10 values, the first [0.0, 1.0, 2.0, 3.0], the last "
          + "[6.0, 7.0, 8.0, 9.0])"
      ),
      (.function("half") { _ in 0.5 }, "function('half')"),
      (.function { _ in 0.5 }, "function without a name"),
    ]
    for (schedule, text) in schedules {
      var code = SmallSettings()
      code.group.hyperparameters.weightDecay = schedule
      #expect(try code.differences().map(\.inCode) == [text])
    }
  }

  /// Fails where a type gets a field that no test here changes.
  private func expectAllFields(
    of value: Any, _ names: some Sequence<String>
  ) {
    let fields = Mirror(reflecting: value).children.compactMap(\.label)
    #expect(fields.sorted() == names.sorted())
  }
}
