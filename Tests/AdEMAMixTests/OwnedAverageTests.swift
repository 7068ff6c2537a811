//===--- OwnedAverageTests.swift - an average that steps keep up to date --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import CAllocationCounter
import TestSupport
import Testing

/// The oracle is an average of its own, updated after each step: its tests
/// compare it with optax.
@Suite struct `An average of an optimizer` {
  /// Parameters, an optimizer of them and an average of their tensors.
  private struct Run: ~Copyable {
    var optimizer: AdEMAMix<Float>
    var parameters: [[Float]]
    var average: ParameterAverage<Float>

    init(
      sizes: [Int] = [700, 3, 1_025, 64], decay: HyperparameterSchedule = 0.9,
      engine: StepEngine? = nil, storage: MomentStorage = .full
    ) throws {
      let layout = try ParameterLayout(
        sizes.enumerated().map { TensorSpec("t\($0)", shape: [$1]) }
      ) { tensor in
        ParameterGroup(
          tensor.name.hasSuffix("1") ? "b" : "a",
          Hyperparameters(learningRate: 0.01, weightDecay: 0.1),
          storage: storage)
      }
      let parameters: [[Float]] = sizes.map { sample($0) }
      let average = try ParameterAverage(of: parameters, decay: decay)
      var optimizer = try AdEMAMix<Float>(layout, engine: engine)
      optimizer.average = try average.copy()
      self.optimizer = optimizer
      self.parameters = parameters
      self.average = average
    }

    /// Makes a step, and updates the average beside the optimizer.
    mutating func step(
      _ seed: Int, leaving names: [String] = []
    ) throws {
      let gradients: [[Float]] = parameters.map { sample($0.count, seed) }
      let report = try optimizer.step(
        &parameters, gradients: gradients, leaving: names)
      try average.update(with: parameters, after: report)
    }

    /// Whether both averages are the same.
    mutating func agree() throws -> Bool {
      guard optimizer.average?.updateCount == average.updateCount else {
        return false
      }
      return try optimizer.average?.values() == average.values()
    }
  }

  private func bits<Scalar: OptimizerScalar>(
    _ average: borrowing ParameterAverage<Scalar>
  ) throws -> [UInt64] {
    try average.values().map { TestSupport.bits($0) }
  }

  @Test(arguments: 1...120)
  func `has the bits of one that is updated after each step`(
    seed: Int
  ) throws {
    try followsScenario(seed, of: Float.self)
    try followsScenario(seed, of: Double.self)
  }

  private func followsScenario<Scalar: OptimizerScalar>(
    _ seed: Int, of _: Scalar.Type
  ) throws {
    let scenario = Scenario.random(seed: seed)
    let start = try ScenarioRun<Scalar>(scenario)
    let parameters = start.parameters
    let tensors = parameters.cut(
      into: start.optimizer.layout.tensors.map(\.range.count))
    // Some shares are so small that the average is rounded by a sequence.
    let decay =
      seed.isMultiple(of: 3) ? .constant(1 - 1e-6) : scenario.averageDecay
    var optimizer = try start.optimizer.copy()
    // An average of one array is cut into the tensors of the layout.
    optimizer.average = try ParameterAverage(of: parameters, decay: decay)
    var run = ScenarioRun(
      scenario, optimizer, parameters,
      try ParameterAverage(of: tensors, decay: decay))
    for event in scenario.events {
      try run.apply(event)
      if case .evaluate = event {
        for _ in 0..<2 {
          try run.optimizer.average?.swap(with: &run.parameters)
        }
      }
      guard let own = try run.optimizer.average?.copy() else {
        Issue.record("the average is gone after \(event)")
        return
      }
      #expect(own.updateCount == run.average.updateCount)
      #expect(try bits(own) == bits(run.average), "\(event)")
    }
  }

  @Test(
    arguments: StepEngine.allCases.map { ($0, MomentStorage.full) }
      + [(.fused, .compact), (.fused, .minimal)])
  func `takes in tensors that are frozen or left alone`(
    engine: StepEngine, storage: MomentStorage
  ) throws {
    var run = try Run(engine: engine, storage: storage)
    for seed in 0..<8 {
      if seed == 2 { try run.optimizer.updateGroup("b") { $0.isFrozen = true } }
      if seed == 6 {
        try run.optimizer.updateGroup("b") { $0.isFrozen = false }
      }
      try run.step(seed, leaving: seed % 3 == 1 ? ["t0", "t2"] : [])
      #expect(try run.agree())
    }
    #expect(run.average.updateCount == 8)
  }

  @Test(arguments: [1, 4])
  func `is the same on any number of threads`(threads: Int) throws {
    var run = try Run(sizes: [70_000, 30_000])
    run.optimizer.threadCount = threads
    run.optimizer.threadSplit.byteCountWorthAThread = 4096
    for seed in 0..<3 {
      try run.optimizer.updateGroup("b") { $0.isFrozen = seed == 1 }
      try run.step(seed)
    }
    #expect(try run.agree())
  }

  @Test func `takes in steps with gradients and a copy in bfloat16`() throws {
    var run = try Run(engine: .fused, storage: .compact)
    var copy = run.parameters.map { $0.map { BFloat16($0) } }
    for seed in 0..<5 {
      let gradients = run.parameters.map {
        sample($0.count, seed).map { (number: Float) in BFloat16(number) }
      }
      let report = try run.optimizer.step(
        &run.parameters, gradients: gradients, bfloat16Copy: &copy)
      try run.average.update(with: run.parameters, after: report)
      #expect(try run.agree())
    }
  }

  @Test func `stays as it is while updates are only written`() throws {
    var run = try Run()
    var updates = run.parameters
    try run.optimizer.writeUpdate(into: &updates, gradients: run.parameters)
    #expect(run.optimizer.stepCount == 1)
    #expect(try run.agree())
    #expect(run.optimizer.average?.updateCount == 0)
  }

  @Test func `is refused by a step if it has another count`() throws {
    var run = try Run()
    run.optimizer.average = try ParameterAverage(of: [1, 2, 3], decay: 0.9)
    try expectRefusal(
      &run, .averageCount(3, expected: run.optimizer.shard.count))
  }

  @Test func `is refused by a step while it is in the model`() throws {
    var run = try Run()
    try run.optimizer.average?.swap(with: &run.parameters)
    try expectRefusal(&run, .isSwappedIn)
    // A micro-batch that completes no step is none of the average's business.
    run.optimizer.options.accumulation = .sum(over: 2)
    let report = try run.optimizer.step(
      &run.parameters, gradients: run.parameters)
    #expect(report.outcome == .accumulated(count: 1, of: 2))
    try run.optimizer.average?.swap(with: &run.parameters)
    try run.optimizer.step(&run.parameters, gradients: run.parameters)
    #expect(run.optimizer.average?.updateCount == 1)
  }

  @Test func `is refused by a step whose decay is out of range`() throws {
    let decay = HyperparameterSchedule.piecewiseConstant(
      from: 0.75, changes: [.init(at: 2, factor: 2)])
    var run = try Run(decay: decay)
    for seed in 0..<2 { try run.step(seed) }
    try expectRefusal(&run, .decayOutOfRange(1.5, updateCount: 2))
  }

  /// The tensors tell which trees the average takes by itself.
  @Test func `has the tensors of a step once one is made`() throws {
    var run = try Run()
    let flat = run.parameters.flatMap { $0 }
    run.optimizer.average = try ParameterAverage(of: flat, decay: 0.9)
    run.optimizer.options.nonFiniteGradients = .throw
    var gradients: [[Float]] = run.parameters.map { sample($0.count) }
    gradients[0][5] = .nan
    #expect(throws: AdEMAMixError.self) {
      try run.optimizer.step(&run.parameters, gradients: gradients)
    }
    #expect(run.optimizer.average?.record.sizes == [flat.count])
    gradients[0][5] = 1
    try run.optimizer.step(&run.parameters, gradients: gradients)
    #expect(
      run.optimizer.average?.record.sizes == run.parameters.map(\.count))
  }

  private func expectRefusal(
    _ run: inout Run, _ error: AdEMAMixError
  ) throws {
    let parameters = run.parameters
    let moments = run.optimizer.copyMoments()
    let updateCount = run.optimizer.average?.updateCount
    var thrown: AdEMAMixError?
    do throws(AdEMAMixError) {
      try run.optimizer.step(&run.parameters, gradients: parameters)
    } catch {
      thrown = error
    }
    #expect(thrown == error)
    #expect(run.parameters == parameters)
    #expect(run.optimizer.copyMoments() == moments)
    #expect(run.optimizer.average?.updateCount == updateCount)
  }

  @Test func `is refused by a step that is opened`() throws {
    var run = try Run()
    var isOpened = false
    #expect(throws: AdEMAMixError.openStep("an average of the optimizer")) {
      try run.optimizer.openStep { _ in isOpened = true }
    }
    #expect(!isOpened)
    run.optimizer.average = nil
    try run.optimizer.openStep { step in
      for (index, gradient) in run.parameters.enumerated() {
        try step.update(
          "t\(index)", &run.parameters[index], gradients: gradient)
      }
    }
  }

  @Test func `is copied with the optimizer`() throws {
    var run = try Run()
    try run.step(1)
    var copy = try run.optimizer.copy()
    var parameters = run.parameters
    try copy.step(&parameters, gradients: parameters)
    #expect(copy.average?.updateCount == 2)
    #expect(run.optimizer.average?.updateCount == 1)
    #expect(try run.agree())
  }

  @Test(.enabled(if: canCountAllocations))
  func `makes a step allocate nothing`() throws {
    var run = try Run()
    run.optimizer.threadCount = 1
    try run.optimizer.updateGroup("b") { $0.isFrozen = true }
    let gradients = run.parameters
    try run.optimizer.step(&run.parameters, gradients: gradients)
    let count = try allocations {
      try run.optimizer.step(&run.parameters, gradients: gradients)
    }
    #expect(count == 0)
  }
}
