//===--- ScheduleFunctionTests.swift - tables and functions of the count --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import Testing

private let inverseRoot = HyperparameterSchedule.function(
  "inverse square root"
) { 1e-3 / Double($0 + 1).squareRoot() }

@Suite struct `A table of values` {
  @Test func `has one for each count, and keeps the last`() {
    let table = HyperparameterSchedule.table([3, 1, 2])
    let values = [-1, 0, 1, 2, 3, .max].map(table.value(at:))
    #expect(values == [3, 3, 1, 2, 2, 2])
    #expect(HyperparameterSchedule.table([]).value(at: 0).isNaN)
    let joined = HyperparameterSchedule.joined(
      schedules: [7, table], boundaries: [2])
    #expect((0...5).map(joined.value(at:)) == [7, 7, 3, 1, 2, 2])
  }

  @Test func `has the bits of the schedule whose values it has`() throws {
    let cosine = HyperparameterSchedule.cosineDecay(from: 0.1, over: 9)
    let table = HyperparameterSchedule.table((0...9).map(cosine.value(at:)))
    #expect(try trained(cosine, 12) == trained(table, 12))
  }

  @Test func `has its values checked at the steps that take them`() throws {
    var optimizer = try AdEMAMix<Float>([group(.table([0.1, -1]))])
    var parameters: [Float] = [1, 2]
    try optimizer.step(&parameters, gradients: [1, 1])
    let before = parameters
    #expect(
      throws: AdEMAMixError.hyperparameterOutOfRange(
        .learningRate, value: -1, group: "w", scheduleCount: 1)
    ) { try optimizer.step(&parameters, gradients: [1, 1]) }
    #expect(parameters == before && optimizer.stepCount == 1)
  }
}

@Suite struct `A function of the count` {
  @Test func `has the values that it computes`() throws {
    #expect(inverseRoot.value(at: 0) == 1e-3)
    #expect(inverseRoot.value(at: 3) == 5e-4)
    let table = HyperparameterSchedule.table(
      (0..<12).map(inverseRoot.value(at:)))
    #expect(try trained(inverseRoot, 12) == trained(table, 12))
  }

  @Test func `sees counts from 0 behind a boundary`() {
    let joined = HyperparameterSchedule.joined(
      schedules: [1, .function { Double($0) }], boundaries: [3])
    #expect((2...5).map(joined.value(at:)) == [1, 0, 1, 2])
  }

  @Test func `is refused at the step at which its value is out of range`()
    throws
  {
    for value in [Double.nan, -1, .infinity] {
      let schedule = HyperparameterSchedule.function("broken") {
        $0 == 1 ? value : 0.1
      }
      var optimizer = try AdEMAMix<Float>([group(schedule)])
      var parameters: [Float] = [1, 2]
      try optimizer.step(&parameters, gradients: [1, 1])
      let error = AdEMAMixError.hyperparameterOutOfRange(
        .learningRate, value: value, group: "w", scheduleCount: 1)
      #expect(throws: error) {
        try optimizer.step(&parameters, gradients: [1, 1])
      }
    }
  }

  @Test func `gives the number of micro-batches`() throws {
    var options = StepOptions()
    options.accumulation = .mean(
      over: .function("growing") { $0 == 0 ? 1 : 2 })
    var optimizer = try AdEMAMix<Float>([group(0.1)], options: options)
    var parameters: [Float] = [1, 2]
    let counts = try (0..<5).map { _ in
      try optimizer.step(&parameters, gradients: [1, 1])
      return optimizer.stepCount
    }
    #expect(counts == [1, 1, 2, 2, 3])
  }

  @Test func `is equal by its name, and without one to its copies`() {
    let other = HyperparameterSchedule.function("inverse square root") { _ in 1
    }
    #expect(inverseRoot == other)
    #expect(inverseRoot.hashValue == other.hashValue)
    #expect(inverseRoot != .function("another") { _ in 1 })
    let unnamed = HyperparameterSchedule.function { _ in 1 }
    let copy = unnamed
    #expect(unnamed == copy && unnamed.hashValue == copy.hashValue)
    #expect(unnamed != .function { _ in 1 })
    #expect(unnamed != inverseRoot)
  }

  @Test func `is decoded as a name that optimizers refuse`() throws {
    let decoded = try JSONDecoder().decode(
      HyperparameterSchedule.self, from: JSONEncoder().encode(inverseRoot))
    #expect(decoded == inverseRoot)
    #expect(decoded.value(at: 0).isNaN)
    #expect(
      throws: AdEMAMixError.invalidSchedule(
        .unknownFunction("inverse square root"), of: .learningRate, group: "w")
    ) { _ = try AdEMAMix<Float>([group(decoded)]) }
    var options = StepOptions()
    options.accumulation = .sum(over: decoded)
    #expect(
      throws: AdEMAMixError.invalidAccumulation(
        .unknownFunction("inverse square root"))
    ) { _ = try AdEMAMix<Float>([group(0.1)], options: options) }
    #expect(
      throws: AdEMAMixError.invalidDecay(
        .unknownFunction("inverse square root"))
    ) { _ = try ParameterAverage<Float>(of: [1], decay: decoded) }
  }

  @Test func `cannot be encoded without a name`() {
    #expect(throws: EncodingError.self) {
      try JSONEncoder().encode(HyperparameterSchedule.function { _ in 1 })
    }
  }

  @Test func `shows its name alone`() {
    let children = Mirror(reflecting: inverseRoot).children.flatMap {
      Mirror(reflecting: $0.value).children
    }
    #expect(children.map(\.label) == ["name"])
    #expect(children.map { "\($0.value)" } == ["inverse square root"])
  }
}

private func group(_ rate: HyperparameterSchedule) -> ParameterGroup {
  ParameterGroup("w", sizes: [2], Hyperparameters(learningRate: rate))
}

/// Parameters after some steps.
private func trained(
  _ rate: HyperparameterSchedule, _ stepCount: Int
) throws -> [Float] {
  var optimizer = try AdEMAMix<Float>([group(rate)])
  var parameters: [Float] = [1, -2]
  for _ in 0..<stepCount {
    try optimizer.step(&parameters, gradients: parameters)
  }
  return parameters
}
