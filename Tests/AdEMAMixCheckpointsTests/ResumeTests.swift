//===--- ResumeTests.swift - saved and gone on with -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import SafeTensors
import Testing

@Suite struct `A run that is resumed` {
  @Test(arguments: Engine.allCases, [1, 7, 30])
  func `goes on with the same bits`(engine: Engine, stop: Int) throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    var optimizer = try optimizer(engine)
    var parameters = initial()
    var resumedParameters = parameters
    for call in 0..<stop { try step(&optimizer, &parameters, call) }
    try optimizer.save(to: path, parameters: parameters)

    var resumed = try AdEMAMix<Float>(checkpoint: path, engine: engine)
    var loaded = try self.optimizer(engine)
    try loaded.load(from: path, parameters: &resumedParameters)
    #expect(resumedParameters == parameters)
    var loadedParameters = resumedParameters
    for call in stop..<60 {
      try step(&optimizer, &parameters, call)
      try step(&resumed, &resumedParameters, call)
      try step(&loaded, &loadedParameters, call)
    }
    #expect(resumedParameters == parameters)
    #expect(loadedParameters == parameters)
    #expect(resumed.moments() == optimizer.moments())
    #expect(loaded.moments() == optimizer.moments())
    #expect(resumed.stepCount == optimizer.stepCount)
    #expect(resumed.skippedStepCount == optimizer.skippedStepCount)
    #expect(resumed.layout == optimizer.layout)
    #expect(resumed.options == optimizer.options)
    #expect(resumed.clock == optimizer.clock)
  }

  /// Mid-warm-up, mid-accumulation, after an edit and a freeze.
  private func step(
    _ optimizer: inout AdEMAMix<Float>, _ parameters: inout [Float],
    _ call: Int
  ) throws {
    if call == 5 {
      try optimizer.updateGroup("b") { $0.isFrozen = true }
      try optimizer.updateGroup("a") { $0.learningRateFactor = 0.3 }
    }
    if call == 40 { try optimizer.updateGroup("b") { $0.isFrozen = false } }
    var gradients = parameters.indices.map {
      Float(($0 * 7 + call * 3) % 11) / 7 - 0.6
    }
    if call % 13 == 3 { gradients[0] = .nan }
    try optimizer.step(&parameters, gradients: gradients)
  }

  private func initial() -> [Float] { (0..<1010).map { Float($0 % 17) / 9 } }

  private func optimizer(_ engine: Engine) throws -> AdEMAMix<Float> {
    let hyperparameters = Hyperparameters(
      learningRate: .warmupCosine(peak: 0.01, warmup: 5, total: 50),
      beta2: 0.95, weightDecay: 0.1
    ).warmingUp(alpha: 4, beta3: 0.99, over: 30)
    let a = ParameterGroup("a", hyperparameters)
    let b = ParameterGroup("b", hyperparameters.with(\.beta1, 0))
    let tensors = [
      NamedTensor("w", shape: [20, 30]), NamedTensor("bias", count: 10),
      NamedTensor("v", shape: [2, 2, 100]),
    ]
    let layout = try ParameterLayout(tensors) { $0.name == "bias" ? b : a }
    var optimizer = try AdEMAMix<Float>(
      layout, clock: .fromOne, engine: engine, threads: 2)
    optimizer.options.accumulation = .mean(over: 3)
    optimizer.options.clipping = .globalNorm(.infinity)
    optimizer.options.nonFiniteGradients = .skipStep(limit: 2)
    return optimizer
  }
}

@Suite struct `A checkpoint that does not fit` {
  @Test func `is refused, and changes nothing`() throws {
    let path = temporaryPath()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let saved = try optimizer(sizes: [4, 3])
    try saved.save(to: path)
    var other = try optimizer(sizes: [4, 2])
    var parameters = [Float](repeating: 1, count: 6)
    try other.step(&parameters, gradients: parameters)
    let moments = other.moments()
    #expect(
      throws: CheckpointError.shape([3], expected: [2], tensor: "w.1")
    ) { try other.load(from: path) }
    #expect(other.moments() == moments)
    #expect(throws: CheckpointError.scalarType(.float32, expected: .float64)) {
      _ = try AdEMAMix<Double>(checkpoint: path)
    }
    var same = try optimizer(sizes: [4, 3])
    var seven = [Float](repeating: 1, count: 7)
    #expect(throws: CheckpointError.noParameters) {
      try same.load(from: path, parameters: &seven)
    }
    #expect(throws: CheckpointError.self) {
      try same.load(from: path + ".missing")
    }
    #expect(throws: CheckpointError.parameterCount(6, expected: 7)) {
      try same.save(to: path, parameters: parameters)
    }
    #expect(seven == [Float](repeating: 1, count: 7))
    #expect(same.stepCount == 0)
  }

  private func optimizer(sizes: [Int]) throws -> AdEMAMix<Float> {
    try AdEMAMix<Float>([
      ParameterGroup("w", sizes: sizes, Hyperparameters(learningRate: 0.1))
    ])
  }
}

private func temporaryPath() -> String {
  FileManager.default.temporaryDirectory
    .appendingPathComponent("\(UUID().uuidString).safetensors").path
}
