//===--- GroupEditTests.swift - groups that change between steps ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

@Suite struct `Editing a group` {
  /// optax: `inject_hyperparams`.
  @Test(arguments: StepEngine.allCases)
  func `counts from the next step on`(engine: StepEngine) throws {
    var optimizer = try optimizer(engine)
    var parameters = [1.0, 2, 3]
    try optimizer.step(&parameters, gradients: [1, 1, 1])
    let before = parameters
    try optimizer.updateGroup("a") { $0.hyperparameters.learningRate = 0 }
    #expect(
      optimizer.layout.groups[0].hyperparameters.learningRate == .constant(0))
    #expect(
      optimizer.layout.groups[1].hyperparameters.learningRate != .constant(0))
    try optimizer.step(&parameters, gradients: [1, 1, 1])
    #expect(parameters[..<2] == before[..<2])
    #expect(parameters[2] < before[2])
    // The moments took it in all the same.
    #expect(optimizer.copyMoments()[0].stepCounts.fast == 2)
    expectClose(optimizer.copyMoments()[0].fast, [0.19, 0.19])
  }

  /// m2 ← β3·m2 + (1-β3)·g, with another β3 in every step.
  @Test(arguments: StepEngine.allCases)
  func `of beta3 is exact`(engine: StepEngine) throws {
    var optimizer = try optimizer(engine)
    var parameters = [1.0, 2, 3]
    var slow = 0.0
    for step in 0..<200 {
      let beta3 = [0.9999, 0.5, 0.99, 0.0, 0.999][step % 5]
      let gradient = Double(step % 7) - 2.5
      try optimizer.updateGroups {
        $0.hyperparameters.beta3 = .constant(beta3)
      }
      try optimizer.step(
        &parameters, gradients: [gradient, gradient, gradient])
      slow = beta3 * slow + (1 - beta3) * gradient
      #expect(abs(optimizer.copyMoments()[0].slow[0] - slow) < 1e-14)
    }
  }

  @Test func `scales its learning rate, weight decay included`() throws {
    let hyperparameters = Hyperparameters(learningRate: 0.1, weightDecay: 0.5)
    var halved = ParameterGroup("half", sizes: [1], hyperparameters)
    halved.learningRateFactor = 0.5
    var optimizer = try AdEMAMix<Double>([
      ParameterGroup("whole", sizes: [1], hyperparameters), halved,
    ])
    var parameters = [2.0, 2]
    try optimizer.step(&parameters, gradients: [1, 1])
    #expect(abs((2 - parameters[1]) / (2 - parameters[0]) - 0.5) < 1e-15)
    try optimizer.updateGroups { $0.learningRateFactor = 0 }
    let before = parameters
    try optimizer.step(&parameters, gradients: [1, 1])
    #expect(parameters == before)
  }

  @Test(arguments: StepEngine.allCases)
  func `freezes it with its moments, and unfreezes it`(engine: StepEngine)
    throws
  {
    var optimizer = try optimizer(engine)
    var parameters = [1.0, 2, 3]
    try optimizer.step(&parameters, gradients: [1, 2, 3])
    let moments = optimizer.copyMoments()
    let before = parameters
    try optimizer.updateGroup("a") { $0.isFrozen = true }
    for _ in 0..<3 { try optimizer.step(&parameters, gradients: [5, 5, 5]) }
    #expect(parameters[..<2] == before[..<2])
    #expect(optimizer.copyMoments()[0] == moments[0])
    #expect(optimizer.copyMoments()[1].stepCounts.fast == 4)
    // It goes on as if nothing had been in between.
    var expected = try self.optimizer(engine)
    var expectedParameters = [1.0, 2, 3]
    try optimizer.updateGroup("a") { $0.isFrozen = false }
    try optimizer.step(&parameters, gradients: [7, 8, 9])
    try expected.step(&expectedParameters, gradients: [1, 2, 3])
    try expected.step(&expectedParameters, gradients: [7, 8, 9])
    #expect(parameters[..<2] == expectedParameters[..<2])
  }

  @Test func `gives it moments when it is unfrozen for the first time`() throws
  {
    let hyperparameters = Hyperparameters(
      learningRate: 0.1, alpha: .linear(from: 0, to: 8, over: 10))
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("a", sizes: [300], hyperparameters, isFrozen: true),
      ParameterGroup("b", sizes: [2], hyperparameters),
    ])
    var parameters = [Float](repeating: 1, count: 302)
    let gradients = parameters
    let small = optimizer.stateByteCount
    for _ in 0..<4 { try optimizer.step(&parameters, gradients: gradients) }
    try optimizer.updateGroup("a") { $0.isFrozen = false }
    #expect(optimizer.stateByteCount >= small + 3600)
    try optimizer.step(&parameters, gradients: gradients)
    let counts = optimizer.copyMoments().map(\.stepCounts)
    #expect(counts == [MomentStepCounts(1), MomentStepCounts(5)])
    // Its bias correction and its alpha begin as in a run of its own.
    var alone = try AdEMAMix<Float>([
      ParameterGroup("a", sizes: [300], hyperparameters)
    ])
    var expected = [Float](repeating: 1, count: 300)
    try alone.step(&expected, gradients: [Float](repeating: 1, count: 300))
    #expect(Array(parameters[..<300]) == expected)
  }

  @Test(arguments: StepEngine.allCases)
  func `of beta1 from 0 and back starts the fast moment anew`(
    engine: StepEngine
  )
    throws
  {
    var optimizer = try optimizer(engine)
    var parameters = [1.0, 2, 3]
    try optimizer.step(&parameters, gradients: [1, 1, 1])
    let bytes = optimizer.stateByteCount
    try optimizer.updateGroups { $0.hyperparameters.beta1 = 0 }
    #expect(optimizer.stateByteCount <= bytes)
    #expect(optimizer.copyMoments()[0].fast.isEmpty)
    let slow = optimizer.copyMoments()[0].slow
    try optimizer.step(&parameters, gradients: [1, 1, 1])
    try optimizer.updateGroups { $0.hyperparameters.beta1 = 0.5 }
    #expect(optimizer.copyMoments()[0].fast == [0, 0])
    #expect(optimizer.copyMoments()[0].slow[0] > slow[0])
    try optimizer.step(&parameters, gradients: [4, 4, 4])
    expectClose(optimizer.copyMoments()[0].fast, [2, 2])
    var counts = MomentStepCounts(3)
    counts.fast = 1
    #expect(optimizer.copyMoments()[0].stepCounts == counts)
  }

  @Test func `changes nothing where it is refused`() throws {
    var optimizer = try optimizer(.blas)
    var parameters = [1.0, 2, 3]
    try optimizer.step(&parameters, gradients: [1, 2, 3])
    let layout = optimizer.layout
    let moments = optimizer.copyMoments()
    let edits: [((inout ParameterGroup) -> Void, AdEMAMixError)] = [
      (
        { $0.hyperparameters.beta2 = 1 },
        .hyperparameterOutOfRange(
          .beta2, value: 1, group: "b", scheduleCount: 1)
      ),
      (
        { $0.learningRateFactor = -1 },
        .hyperparameterOutOfRange(
          .learningRateFactor, value: -1, group: "b", scheduleCount: 1)
      ),
      (
        { $0.hyperparameters.alpha = .linear(from: 0, to: 1, over: -2) },
        .invalidSchedule(.negativeCount(-2), of: .alpha, group: "b")
      ),
      ({ $0.hyperparameters.epsilon = 0 }, .noEpsilon(group: "b")),
      ({ $0.name = "c" }, .groupIdentityChanged("b")),
      (
        { $0.tensors.append(TensorSpec("d", count: 1)) },
        .groupIdentityChanged("b")
      ),
    ]
    for (edit, error) in edits {
      #expect(throws: error) { try optimizer.updateGroup("b", edit) }
      #expect(throws: error) {
        try optimizer.updateGroups {
          if $0.name == "b" { edit(&$0) } else { $0.learningRateFactor = 9 }
        }
      }
    }
    #expect(throws: AdEMAMixError.unknownGroup("z")) {
      try optimizer.updateGroup("z") { $0.isFrozen = true }
    }
    #expect(optimizer.layout == layout)
    #expect(optimizer.copyMoments() == moments)
  }

  private func optimizer(_ engine: StepEngine) throws -> AdEMAMix<Double> {
    let hyperparameters = Hyperparameters(learningRate: 0.1)
    return try AdEMAMix(
      [
        ParameterGroup("a", sizes: [2], hyperparameters),
        ParameterGroup("b", sizes: [1], hyperparameters),
      ], engine: engine)
  }
}
