//===--- MissingGradientTests.swift - tensors left alone ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import CAllocationCounter
import TestSupport
import Testing

/// The oracle is an optimizer of its own for each tensor, which makes a step
/// where the tensor has a gradient: so PyTorch's optimizers, which keep a state
/// for each parameter, treat a `grad` of `None`.
@Suite struct `Tensors without a gradient` {
  private static let sizes = [700, 3, 1_025, 64]

  private static func hyperparameters(beta1: Double = 0.9) -> Hyperparameters {
    var own = Hyperparameters(learningRate: 1e-2, weightDecay: 0.1)
      .warmingUp(over: 30)
    own.beta1 = beta1
    return own
  }

  private static func optimizer(
    _ sizes: [Int] = sizes, engine: StepEngine = .fused, beta1: Double = 0.9,
    storage: MomentStorage = .full, threads: Int = 2
  ) throws -> AdEMAMix<Float> {
    // Two groups, whose tensors take turns.
    let layout = try ParameterLayout(
      sizes.enumerated().map { TensorSpec("t\($0)", shape: [$1]) }
    ) { tensor in
      ParameterGroup(
        tensor.name.hasSuffix("1") ? "b" : "a",
        hyperparameters(beta1: beta1), storage: storage)
    }
    var optimizer = try AdEMAMix<Float>(layout, engine: engine)
    optimizer.threadCount = threads
    optimizer.threadSplit.byteCountWorthAThread = 1
    optimizer.options.allowsMissingGradients = true
    return optimizer
  }

  /// The gradients of each step, in which some tensors have none.
  private static func steps(
    _ count: Int, seed: UInt64
  ) -> [[[Float]]] {
    var random = RandomNumbers(seed: seed)
    return (0..<count).map { _ in
      sizes.map { size in
        let gradient: [Float] = random.numbers(size)
        return random.next() % 3 == 0 ? [] : gradient
      }
    }
  }

  @Test(arguments: StepEngine.allCases, [0.9, 0])
  func `are left alone like parameters of PyTorch without a grad`(
    engine: StepEngine, beta1: Double
  ) throws {
    var whole = try Self.optimizer(engine: engine, beta1: beta1)
    let alone = try Self.sizes.map { size in
      Box(try Self.optimizer([size], engine: engine, beta1: beta1))
    }
    var parameters = Self.sizes.map { Array(repeating: Float(1), count: $0) }
    var expected = parameters
    for gradients in Self.steps(40, seed: 1) {
      let report = try whole.step(&parameters, gradients: gradients)
      #expect(report.outcome == .completed)
      for tensor in Self.sizes.indices where !gradients[tensor].isEmpty {
        try alone[tensor].optimizer.step(
          &expected[tensor], gradients: gradients[tensor])
      }
      #expect(parameters == expected)
    }
    #expect(whole.stepCount == 40)
    // The tensors of group a, and that of group b.
    let counts = whole.copyMoments().flatMap(\.tensorStepCounts)
    #expect(
      counts.map(\.second)
        == [0, 2, 3, 1].map { alone[$0].optimizer.stepCount })
  }

  private final class Box {
    var optimizer: AdEMAMix<Float>
    init(_ optimizer: consuming AdEMAMix<Float>) { self.optimizer = optimizer }
  }

  @Test(arguments: [MomentStorage.full, .compact, .minimal])
  func `have the same bits in arrays, optionals, structs and one buffer`(
    storage: MomentStorage
  ) throws {
    var arrays = try Self.optimizer(storage: storage)
    var optionals = try Self.optimizer(storage: storage, threads: 1)
    var flat = try Self.optimizer(storage: storage)
    var structs = try Self.optimizer(storage: storage)
    flat.options.allowsMissingGradients = false
    var parameters = Self.sizes.map { Array(repeating: Float(1), count: $0) }
    var others = parameters
    var buffer = parameters.flatMap { $0 }
    var model = Model(parameters)
    for gradients in Self.steps(30, seed: 2) {
      try arrays.step(&parameters, gradients: gradients)
      let absent = gradients.map { $0.isEmpty ? nil : $0 }
      try optionals.step(&others, gradients: absent)
      try structs.step(&model, gradients: Model(absent))
      // The flat buffer has numbers for tensors without a gradient too.
      let numbers = zip(gradients, Self.sizes).flatMap { gradient, size in
        gradient.isEmpty ? Array(repeating: .nan, count: size) : gradient
      }
      let names = gradients.indices.filter { gradients[$0].isEmpty }
        .map { "t\($0)" }
      try flat.step(&buffer, gradients: numbers, leaving: names)
    }
    #expect(others == parameters)
    #expect(model.tensors == parameters)
    #expect(buffer == parameters.flatMap { $0 })
  }

  /// A model whose gradient may lack members.
  private struct Model: TensorTree {
    var t0, t1, t2, t3: [Float]?

    init(_ tensors: [[Float]?]) {
      (t0, t1, t2, t3) = (tensors[0], tensors[1], tensors[2], tensors[3])
    }

    var tensors: [[Float]] { [t0, t1, t2, t3].map { $0 ?? [] } }

    mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
      visitor.visit("t0", &t0)
      visitor.visit("t1", &t1)
      visitor.visit("t2", &t2)
      visitor.visit("t3", &t3)
    }
  }

  @Test func `are an error that names them unless the options allow them`()
    throws
  {
    var optimizer = try Self.optimizer()
    optimizer.options.allowsMissingGradients = false
    var parameters = Self.sizes.map { Array(repeating: Float(1), count: $0) }
    var gradients = parameters
    gradients[2] = []
    #expect(
      throws: AdEMAMixError.tensorGradientCount(
        0, expected: 1_025, tensor: "t2")
    ) {
      try optimizer.step(&parameters, gradients: gradients)
    }
    optimizer.options.allowsMissingGradients = true
    gradients[2] = [1]
    #expect(
      throws: AdEMAMixError.tensorGradientCount(
        1, expected: 1_025, tensor: "t2")
    ) {
      try optimizer.step(&parameters, gradients: gradients)
    }
    #expect(throws: AdEMAMixError.unknownTensor("t9")) {
      try optimizer.step(&parameters, gradients: parameters, leaving: ["t9"])
    }
    // A call that was refused has changed nothing, and is forgotten.
    #expect(optimizer.stepCount == 0)
    try optimizer.step(&parameters, gradients: parameters)
    #expect(optimizer.copyMoments().flatMap(\.tensorStepCounts).isEmpty)
  }

  @Test(arguments: [
    ["t0", "t3"], ["t3", "t0"], ["t3", "t0", "t3", "t0"],
  ])
  func `are named in any order, any number of times`(names: [String]) throws {
    let parameters = Self.sizes.map { Array(repeating: Float(1), count: $0) }
    var gradients = parameters
    (gradients[0], gradients[3]) = ([], [])
    var plain = try Self.optimizer(), expected = parameters
    try plain.step(&expected, gradients: gradients)
    var optimizer = try Self.optimizer(), moved = parameters
    // Now names alone allow it.
    optimizer.options.allowsMissingGradients = false
    try optimizer.step(&moved, gradients: gradients, leaving: names)
    #expect(moved == expected)
    #expect(optimizer.copyMoments() == plain.copyMoments())
    gradients = parameters
    try optimizer.step(&moved, clearing: &gradients, leaving: names)
    #expect(gradients.allSatisfy { $0.allSatisfy { $0 == 0 } })
  }

  @Test func `in a part of the micro-batches add 0, in all are left alone`()
    throws
  {
    var optimizer = try Self.optimizer()
    optimizer.options.accumulation = .mean(over: 3)
    optimizer.options.clipping = .globalNorm(5)
    var plain = try Self.optimizer()
    plain.options.clipping = .globalNorm(5)
    var parameters = Self.sizes.map { Array(repeating: Float(1), count: $0) }
    var expected = parameters
    for start in stride(from: 0, to: 30, by: 3) {
      var batches = Self.steps(3, seed: UInt64(7 + start))
      for batch in batches.indices { batches[batch][1] = [] }
      var means: [[Float]] = []
      for tensor in Self.sizes.indices {
        let given = batches.map { $0[tensor] }.filter { !$0.isEmpty }
        var sum = [Float](repeating: 0, count: Self.sizes[tensor])
        for gradient in given {
          for index in sum.indices { sum[index] += gradient[index] }
        }
        means.append(given.isEmpty ? [] : sum)
      }
      for batch in batches {
        try optimizer.step(&parameters, gradients: batch)
      }
      // The mean of the three.
      let report = try plain.step(
        &expected, gradients: means, gradientScale: 1 / 3.0)
      #expect(report.outcome == .completed)
    }
    #expect(parameters[1] == expected[1])
    #expect(parameters[1].allSatisfy { $0 == 1 })
    for (own, other) in zip(parameters.joined(), expected.joined()) {
      #expect(abs(own - other) <= 2e-6)
    }
    #expect(
      optimizer.copyMoments()[1].tensorStepCounts.map(\.second) == [0])
    #expect(optimizer.copyMoments()[1].stepCounts.second == 10)
  }

  @Test func `in micro-batches are forgotten when those are dropped`() throws {
    var optimizer = try Self.optimizer()
    optimizer.options.accumulation = .mean(over: 2)
    var parameters = Self.sizes.map { Array(repeating: Float(1), count: $0) }
    let full = parameters
    var lacking = parameters
    lacking[0] = []
    try optimizer.step(&parameters, gradients: lacking)
    optimizer.discardAccumulatedGradients()
    try optimizer.step(&parameters, gradients: full)
    try optimizer.step(&parameters, gradients: lacking)
    #expect(parameters[0] != full[0])
    // The completion of a step goes by the micro-batches alone.
    try optimizer.step(&parameters, gradients: lacking)
    let before = parameters
    try optimizer.completeStep(&parameters)
    #expect(parameters[0] == before[0])
    #expect(parameters[1] != before[1])
  }

  @Test func `have an update of 0, and gradients that are cleared`() throws {
    var optimizer = try Self.optimizer()
    var updates = Self.sizes.map { Array(repeating: Float(9), count: $0) }
    let gradients = updates
    try optimizer.writeUpdate(
      into: &updates, gradients: gradients, leaving: ["t2"])
    #expect(updates[2].allSatisfy { $0 == 0 })
    #expect(updates[0].allSatisfy { $0 > 0 })
    var cleared = gradients
    var parameters = gradients
    try optimizer.step(&parameters, clearing: &cleared, leaving: ["t2"])
    #expect(cleared.joined().allSatisfy { $0 == 0 })
    #expect(parameters[2] == gradients[2])
    var model = Model(parameters)
    var lacking = Model([gradients[0], nil, gradients[2], nil])
    try optimizer.step(&model, clearing: &lacking)
    #expect(lacking.t1 == nil && lacking.t3 == nil)
    #expect(lacking.tensors[0] == Array(repeating: 0, count: 700))
    #expect(model.tensors[1] == parameters[1])
    #expect(model.tensors[2] != parameters[2])
  }

  @Test func `are no part of diagnostics and norms`() throws {
    var whole = try Self.optimizer()
    var part = try Self.optimizer([700, 3])
    whole.options.clipping = .globalNorm(1)
    part.options.clipping = .globalNorm(1)
    var parameters = Self.sizes.map { Array(repeating: Float(1), count: $0) }
    var others = Array(parameters[..<2])
    for _ in 0..<3 {
      let report = try whole.step(
        &parameters, gradients: parameters, leaving: ["t2", "t3"],
        diagnostics: true)
      let other = try part.step(&others, gradients: others, diagnostics: true)
      #expect(report == other)
    }
    #expect(Array(parameters[..<2]) == others)
  }

  @Test func `go on with moments that were copied`() throws {
    var optimizer = try Self.optimizer()
    var copy = try Self.optimizer()
    var parameters = Self.sizes.map { Array(repeating: Float(1), count: $0) }
    let steps = Self.steps(30, seed: 4)
    for gradients in steps[..<20] {
      try optimizer.step(&parameters, gradients: gradients)
    }
    var others = parameters
    try copy.restore(
      stepCount: optimizer.stepCount, moments: optimizer.copyMoments())
    var twin = try optimizer.copy()
    var twins = parameters
    for gradients in steps[20...] {
      try optimizer.step(&parameters, gradients: gradients)
      try copy.step(&others, gradients: gradients)
      try twin.step(&twins, gradients: gradients)
    }
    #expect(twins == parameters)
    // Moments are handed out as they are, not as they are stored.
    for (own, other) in zip(parameters.joined(), others.joined()) {
      #expect(abs(own - other) <= 1e-6)
    }
    var moments = optimizer.copyMoments()
    moments[0].tensorStepCounts.removeLast()
    #expect(
      throws: AdEMAMixError.tensorStepCounts(2, expected: 3, group: "a")
    ) {
      try copy.restore(stepCount: 30, moments: moments)
    }
    moments[0].tensorStepCounts.append(MomentStepCounts(31))
    #expect(throws: AdEMAMixError.self) {
      try copy.restore(stepCount: 30, moments: moments)
    }
  }

  @Test func `follow their group's settings, its slow moment and beta1`() throws
  {
    var whole = try Self.optimizer(beta1: 0)
    var alone = try Self.optimizer([3], beta1: 0)
    var parameters = Self.sizes.map { Array(repeating: Float(1), count: $0) }
    let gradients = parameters
    var own = gradients[1]
    func edit(_ optimizer: inout AdEMAMix<Float>, _ step: Int) throws {
      switch step {
      case 2: try optimizer.dampSlowMoment(by: 0.25)
      case 3: try optimizer.updateGroups { $0.hyperparameters.beta1 = 0.5 }
      case 4: try optimizer.resetSlowMoment()
      case 5: try optimizer.updateGroups { $0.hyperparameters.beta1 = 0 }
      case 6: try optimizer.updateGroups { $0.hyperparameters.beta1 = 0.9 }
      default: break
      }
    }
    for step in 0..<8 {
      try edit(&whole, step)
      try edit(&alone, step)
      let isMissing = step.isMultiple(of: 3)
      try whole.step(
        &parameters, gradients: gradients, leaving: isMissing ? ["t1"] : [])
      if !isMissing { try alone.step(&own, gradients: gradients[1]) }
      #expect(parameters[1] == own)
    }
  }

  @Test func `do not take the slow moment of others with them when damped`()
    throws
  {
    var whole = try Self.optimizer()
    var alone = try Self.optimizer([3])
    var parameters = Self.sizes.map { Array(repeating: Float(1), count: $0) }
    let gradients = parameters
    var own = gradients[1]
    for step in 0..<1_200 {
      try whole.dampSlowMoment(by: 0.5)
      try alone.dampSlowMoment(by: 0.5)
      try whole.step(
        &parameters, gradients: gradients, leaving: step == 0 ? [] : ["t0"])
      try alone.step(&own, gradients: gradients[1])
    }
    #expect(parameters[1] == own)
    #expect(whole.copyMoments()[1].slow == alone.copyMoments()[0].slow)
  }

  @Test(.enabled(if: canCountAllocations))
  func `cost no allocation once they are known`() throws {
    var optimizer = try Self.optimizer(threads: 1)
    var parameters = Self.sizes.map { Array(repeating: Float(1), count: $0) }
    var gradients = parameters
    gradients[2] = []
    try optimizer.step(&parameters, gradients: gradients)
    let others = parameters
    try optimizer.step(&parameters, gradients: others)
    let count = try allocations {
      try optimizer.step(&parameters, gradients: gradients)
      try optimizer.step(&parameters, gradients: others)
    }
    #expect(count == 0)
  }
}
