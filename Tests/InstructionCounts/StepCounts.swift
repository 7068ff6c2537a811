//===--- StepCounts.swift - steps as a client makes them ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport

/// Counts steps of an engine, on one thread with AVX2.
///
/// Scalar types are named wherever a step is made. No client calls a step of a
/// type that the compiler does not know.
struct StepCounts {
  let engine: StepEngine

  /// The parameters of a step: three tiles and most of a fourth.
  private static let parameterCount = 1000

  /// The steps that a figure is the mean of: two of them fold the fast moment,
  /// as one in 27 does with the usual beta1.
  private static let calls = 54

  private static let manyTensors = [Int](
    repeating: parameterCount / 10, count: 10)

  func count() throws {
    try countMemory()
    try countOptions()
    try countDouble()
    if engine == .fused { try countStorage() }
  }

  /// The ways to hand over memory.
  private func countMemory() throws {
    try countPointers("pointers")
    // Almost nothing but the path to the kernels.
    try countPointers("pointers, 1 parameter", parameterCount: 1)
    try countArray()
    try countUpdate()
    try countArrays()
    try countModel()
    try countTensors()
  }

  private func countOptions() throws {
    try countPointers("global norm") { $0.clipping = .globalNorm(1) }
    try countPointers("block RMS") { $0.clipping = .blockRMS(0.1) }
    try countPointers("cautious") { $0.isCautious = true }
    try countPointers("update clipping") { $0.updateClipping = 1 }
    try countPointers("skips") { $0.nonFiniteGradients = .skipStep(limit: 10) }
    try countPointers("mean of 2") { $0.accumulation = .mean(over: 2) }
    try countPointers("diagnostics", diagnostics: true)
  }

  private func countStorage() throws {
    try countPointers("compact", .compact)
    try countPointers("minimal", .minimal)
    try countBFloat16("bfloat16", .full)
    try countBFloat16("compact, bfloat16", .compact)
  }

  private func countPointers(
    _ name: String, _ storage: MomentStorage = .full,
    parameterCount: Int = Self.parameterCount, diagnostics: Bool = false,
    _ setOptions: (inout StepOptions) -> Void = { _ in }
  ) throws {
    var optimizer: AdEMAMix<Float> = try optimizer([parameterCount], storage)
    setOptions(&optimizer.options)
    var parameters: [Float] = sample(parameterCount, 1)
    let gradients: [Float] = sample(parameterCount, 2)
    try unsafe parameters.withUnsafeMutableBufferPointer { parameters in
      try unsafe gradients.withUnsafeBufferPointer { gradients in
        try count("Float", name) {
          try unsafe optimizer.step(
            &parameters, gradients: gradients, diagnostics: diagnostics)
        }
      }
    }
  }

  private func countArray() throws {
    var optimizer: AdEMAMix<Float> = try optimizer([Self.parameterCount])
    var parameters: [Float] = sample(Self.parameterCount, 1)
    let gradients: [Float] = sample(Self.parameterCount, 2)
    try count("Float", "array") {
      try optimizer.step(&parameters, gradients: gradients)
    }
  }

  private func countUpdate() throws {
    var optimizer: AdEMAMix<Float> = try optimizer([Self.parameterCount])
    var updates: [Float] = sample(Self.parameterCount, 1)
    let gradients: [Float] = sample(Self.parameterCount, 2)
    try count("Float", "update alone") {
      try optimizer.writeUpdate(into: &updates, gradients: gradients)
    }
  }

  private func countArrays() throws {
    var optimizer: AdEMAMix<Float> = try optimizer(Self.manyTensors)
    var parameters = Self.manyTensors.map { sample($0, 1) as [Float] }
    let gradients = Self.manyTensors.map { sample($0, 2) as [Float] }
    try count("Float", "10 arrays") {
      try optimizer.step(&parameters, gradients: gradients)
    }
  }

  private func countModel() throws {
    var optimizer: AdEMAMix<Float> = try optimizer([500, 500])
    var model = Model(seed: 1)
    let gradient = Model(seed: 2)
    try count("Float", "a struct of 2 arrays") {
      try optimizer.step(&model, gradients: gradient)
    }
  }

  private func countTensors() throws {
    var optimizer: AdEMAMix<Float> = try optimizer(Self.manyTensors)
    var parameters: [Float] = sample(Self.parameterCount, 1)
    let gradients: [Float] = sample(Self.parameterCount, 2)
    try unsafe parameters.withUnsafeMutableBufferPointer { parameters in
      try unsafe gradients.withUnsafeBufferPointer { gradients in
        let ranges = Self.manyTensors.indices.map { index in
          let size = Self.manyTensors[index]
          return index * size..<(index + 1) * size
        }
        var tensors = unsafe ranges.map {
          unsafe UnsafeMutableBufferPointer(rebasing: parameters[$0])
        }
        let tensorGradients = unsafe ranges.map {
          unsafe UnsafeBufferPointer(rebasing: gradients[$0])
        }
        try count("Float", "10 tensors") {
          try unsafe optimizer.step(&tensors, gradients: tensorGradients)
        }
      }
    }
  }

  private func countBFloat16(_ name: String, _ storage: MomentStorage) throws {
    var optimizer: AdEMAMix<Float> = try optimizer(
      [Self.parameterCount], storage)
    var parameters: [Float] = sample(Self.parameterCount, 1)
    let gradients = (sample(Self.parameterCount, 2) as [Float]).map(
      BFloat16.init)
    var copy = gradients
    try count("Float", name) {
      try optimizer.step(
        &parameters, gradients: gradients, bfloat16Copy: &copy)
    }
  }

  private func countDouble() throws {
    var optimizer: AdEMAMix<Double> = try optimizer([Self.parameterCount])
    var parameters: [Double] = sample(Self.parameterCount, 1)
    let gradients: [Double] = sample(Self.parameterCount, 2)
    try count("Double", "array") {
      try optimizer.step(&parameters, gradients: gradients)
    }
  }

  private func optimizer<Scalar>(
    _ sizes: [Int], _ storage: MomentStorage = .full
  ) throws -> AdEMAMix<Scalar> {
    let group = ParameterGroup(
      "all", sizes: sizes,
      Hyperparameters(learningRate: 0.001, weightDecay: 0.1), storage: storage)
    var optimizer = try AdEMAMix<Scalar>([group], engine: engine, threads: 1)
    optimizer.instructionSet = .avx2
    return optimizer
  }

  private func count(
    _ scalar: String, _ name: String, _ work: () throws -> StepReport
  ) throws {
    try InstructionCounter.count(
      "step \(scalar) \(engine), \(name)", calls: Self.calls
    ) { _ = try work() }
  }
}

/// A model whose tensors have the names that a group gives them.
private struct Model: TensorTree {
  var weight: [Float]
  var bias: [Float]

  init(seed: Int) {
    weight = sample(500, seed)
    bias = sample(500, seed + 1)
  }

  mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
    visitor.visit("all.0", &weight)
    visitor.visit("all.1", &bias)
  }
}
