//===--- ResumeTests.swift - saved and gone on with -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

@Suite struct `A run that is resumed` {
  @Test(arguments: Scenario.named.map(\.name))
  func `goes on with the same bits`(name: String) throws {
    try expectSameBits(.named(name), Self.computations, Float.self)
    try expectSameBits(.named(name), Self.computations, Double.self)
  }

  #if DEBUG
  private static let seeds = 1...10
  #else
  private static let seeds = 1...60
  #endif

  /// After each event of any scenario, the run goes on from a file.
  @Test(arguments: seeds)
  func `goes on with the bits of a clone`(seed: Int) throws {
    var scenario = Scenario.random(seed: seed)
    scenario.events = scenario.events.flatMap { [$0, .copy] }
    try expectBitsOfClones(scenario, Double.self)
    try expectBitsOfClones(scenario, Float.self)
    let (_, first, second) = Scenario.storages[seed % Scenario.storages.count]
    try expectBitsOfClones(scenario.stored(first, second), Float.self)
    let restrained = scenario.restrained(seed: seed)
    try expectBitsOfClones(restrained, Double.self)
    try expectBitsOfClones(restrained.stored(first, second), Float.self)
  }

  private func expectBitsOfClones<Scalar: OptimizerScalar>(
    _ scenario: Scenario, _: Scalar.Type
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    func hasOtherBits(_ scenario: Scenario) throws -> Bool {
      try ScenarioOutcome(of: scenario, Scalar.self) {
        try $0.save(to: path)
        let checkpoint = try Checkpoint<Scalar>(path)
        let split = $0.optimizer.threadSplit
        let (engine, set) = ($0.optimizer.engine, $0.optimizer.instructionSet)
        $0.optimizer = try checkpoint.optimizer(engine: engine)
        ($0.optimizer.threadSplit, $0.optimizer.instructionSet) = (split, set)
        $0.parameters = try checkpoint.parameters()
        $0.average = try checkpoint.average()
        $0.average.threadSplit = split
      } != ScenarioOutcome(of: scenario, Scalar.self)
    }
    if try hasOtherBits(scenario) {
      let shortest = scenario.shrunken(while: hasOtherBits)
      Issue.record("\(Scalar.self), other bits in\n\(shortest)")
    }
  }

  private static let computations: [Computation] = {
    #if DEBUG
    // The reference takes minutes then.
    return [.init(engine: .blas, threads: 2)]
    #else
    return [
      .init(engine: .reference, threads: 1), .init(engine: .blas, threads: 1),
      .init(engine: .blas, threads: 2), .init(engine: .fused, threads: 2),
    ]
    #endif
  }()

  @Test(arguments: StepEngine.allCases, [1, 2])
  func `may be computed in another way`(engine: StepEngine, threads: Int) throws
  {
    try expectSameSwitch(.init(engine: engine, threads: threads), Float.self)
    try expectSameSwitch(.init(engine: engine, threads: threads), Double.self)
  }

  /// A run that is resumed with another engine and number of threads, against
  /// one that changes to them without stopping.
  private func expectSameSwitch<Scalar: OptimizerScalar>(
    _ computation: Computation, _: Scalar.Type
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let scenario = Scenario.named("everything")
    for engine in StepEngine.allCases {
      let first = scenario.computed(
        engine: engine, threads: 3 - computation.threads)
      var switched = try ScenarioRun<Scalar>(first)
      try switched.apply(calls: 0..<22)
      try switched.save(to: path)
      switched.compute(as: computation)
      try switched.apply(calls: 22..<48)
      var resumed = try ScenarioRun<Scalar>(
        resuming: path, scenario.with(\.computation, computation))
      try resumed.apply(calls: 22..<48)
      let isEqual = try resumed.state() == switched.state()
      #expect(isEqual, "\(Scalar.self), after \(engine)")
    }
  }
}

@Suite struct `A file` {
  @Test(arguments: [.float32, .float64] as [TestType])
  func `has the same bytes for the same state`(type: TestType) throws {
    switch type {
    case .float32: try expectSameFiles(Float.self)
    case .float64: try expectSameFiles(Double.self)
    }
  }

  enum TestType: Sendable { case float32, float64 }

  private func expectSameFiles<Scalar: OptimizerScalar>(
    _: Scalar.Type
  ) throws {
    let folder = try TemporaryFolder()
    var training = try ScenarioRun<Scalar>(.named("everything"))
    try training.apply(calls: 0..<30)
    func save(_ name: String) throws -> [UInt8] {
      // Enough keys for a dictionary to change their order.
      let metadata = Dictionary(
        uniqueKeysWithValues: (0..<20).map { ("key \($0)", "\($0)") })
      try training.optimizer.save(
        to: folder.file(name), parameters: training.parameters,
        average: training.average, metadata: metadata)
      return try content(of: folder.file(name))
    }
    let first = try save("a")
    for _ in 0..<10 {
      let isEqual = try save("b") == first
      #expect(isEqual)
    }
    let loaded = try Checkpoint<Scalar>(folder.file("a"))
    #expect(loaded.metadata["key 7"] == "7")
    #expect(loaded.metadata.count == 20)
    #expect(loaded.stepCount == training.optimizer.stepCount)
    #expect(loaded.layout == training.optimizer.layout)
    try loaded.optimizer().save(
      to: folder.file("c"), parameters: loaded.parameters(),
      average: loaded.average(), metadata: loaded.metadata)
    let isEqual = try content(of: folder.file("c")) == first
    #expect(isEqual)
  }
}
