//===--- ResumeTests.swift - saved and gone on with -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

@Suite struct `A run that is resumed` {
  @Test(arguments: Script.all)
  func `goes on with the same bits`(script: Script) throws {
    try expectSameBits(script, Self.computations, Float.self)
    try expectSameBits(script, Self.computations, Double.self)
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

  @Test(arguments: Engine.allCases, [1, 2])
  func `may be computed in another way`(engine: Engine, threads: Int) throws {
    try expectSameSwitch(.init(engine: engine, threads: threads), Float.self)
    try expectSameSwitch(.init(engine: engine, threads: threads), Double.self)
  }

  /// A run that is resumed with another engine and number of threads, against
  /// one that changes to them without stopping.
  private func expectSameSwitch<Scalar: TestScalar>(
    _ computation: Computation, _: Scalar.Type
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let script = try #require(Script.all.last)
    for engine in Engine.allCases {
      let first = Computation(engine: engine, threads: 3 - computation.threads)
      var switched = try Training<Scalar>(script, first)
      for call in 0..<22 { try switched.call(call) }
      try switched.save(to: path)
      switched.compute(computation)
      let expected = try outcome(of: switched, from: 22)
      let resumed = try outcome(
        of: Training<Scalar>(resuming: path, script, computation), from: 22)
      let isEqual = resumed == expected
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

  private func expectSameFiles<Scalar: TestScalar>(_: Scalar.Type) throws {
    let folder = try TemporaryFolder()
    var training = try Training<Scalar>(
      #require(Script.all.last), .init(engine: .blas, threads: 1))
    for call in 0..<30 { try training.call(call) }
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
