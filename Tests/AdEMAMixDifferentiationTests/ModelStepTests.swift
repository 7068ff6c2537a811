//===--- ModelStepTests.swift - a model, one step after the other ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixDifferentiation
import Foundation
import Testing
import _Differentiation

@Suite struct `A step of a differentiable model` {
  private let hyperparameters = Hyperparameters(
    learningRate: 0.01, weightDecay: 0.1)

  @Test(arguments: StepEngine.allCases)
  func `prints the losses of optax's documentation`(engine: StepEngine) throws {
    var model = Quadratic(x: [1, 2, 3])
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "all", tensors: model.namedTensors,
          Hyperparameters(learningRate: 0.01))
      ], engine: engine)
    let losses = try (0..<5).map { _ in
      let gradient = gradient(at: model) { $0.value() }
      try optimizer.step(&model, along: gradient)
      return String(format: "%.2E", model.value())
    }
    #expect(
      losses == ["1.39E+01", "1.38E+01", "1.36E+01", "1.35E+01", "1.34E+01"])
  }

  @Test func `has the bits of the step on one flat buffer`() throws {
    func check<Scalar>(_: Scalar.Type) throws
    where
      Scalar: OptimizerScalar & Differentiable, Scalar.TangentVector == Scalar
    {
      var model = Affine<Scalar>(weight: [0.3, -2], bias: 1.7, name: "both")
      var flat: [Scalar] = [0.3, -2, 1.7]
      let group = ParameterGroup(
        "all", tensors: model.namedTensors, hyperparameters)
      var optimizer = try AdEMAMix<Scalar>([group])
      var flatOptimizer = try AdEMAMix<Scalar>([group])
      for step in 0..<20 {
        let gradients = flat.map { $0 * $0 - Scalar(step % 3) }
        var gradient = Affine<Scalar>.TangentVector.zero
        gradient.weight = .init(Array(gradients[..<2]))
        gradient.bias = gradients[2]
        try optimizer.step(&model, along: gradient)
        try flatOptimizer.step(&flat, gradients: gradients)
        #expect(model.parameters == [Array(flat[..<2]), [flat[2]]])
      }
      #expect(model.weight != [0.3, -2] && model.bias != 1.7)
      #expect(optimizer.copyMoments() == flatOptimizer.copyMoments())
    }
    try check(Float.self)
    try check(Double.self)
  }

  @Test func `reaches each member of a nested model`() throws {
    var model = Nested()
    var expected = model.parameters
    var optimizer = try optimizer(model)
    var other = try self.optimizer(model)
    for step in 0..<10 {
      var gradient = gradient(at: model) { $0.value(0.4) }
      gradient.table.elements = [1, -Double(step)]
      try optimizer.step(&model, along: gradient)
      try other.step(
        &expected,
        gradients: [
          gradient.first.weight.base, [gradient.first.bias],
          gradient.layers.base[0].weight.base, [gradient.layers.base[0].bias],
          gradient.layers.base[1].weight.base, [gradient.layers.base[1].bias],
          gradient.table.elements, [0, 0, 0], [gradient.scale],
        ])
    }
    let start = Nested().parameters
    #expect(model.parameters == expected)
    #expect(zip(expected, start).allSatisfy { $0 != $1 })
    #expect(model.layers[1].weight == expected[4])
    #expect(
      model.table.elements == expected[6] && model.scale == expected[8][0])
  }

  @Test func `takes empty tangents as gradients of 0`() throws {
    var model = Nested()
    var optimizer = try optimizer(model)
    var expected = model.parameters
    var other = try self.optimizer(model)
    try optimizer.step(&model, along: .zero)
    try other.step(
      &expected,
      gradients: expected.map { [Double](repeating: 0, count: $0.count) })
    #expect(optimizer.stepCount == 1)
    #expect(model.parameters == expected && model.unused[0] < 5)
    #expect(optimizer.copyMoments() == other.copyMoments())
  }

  @Test func `is completed with the micro-batches that are there`() throws {
    var model = Nested()
    var expected = model.parameters
    var optimizer = try optimizer(model)
    optimizer.options.accumulation = .mean(over: 4)
    var other = try optimizer.copy()
    for scale in [0.4, -1] {
      let gradient = gradient(at: model) { $0.value(scale) }
      try optimizer.step(&model, along: gradient)
      try other.step(&expected, gradients: model.gradients(in: gradient))
    }
    #expect(model.parameters == Nested().parameters)
    try optimizer.completeStep(&model)
    try other.completeStep(&expected)
    #expect(model.parameters == expected && model.scale != Nested().scale)
    #expect(optimizer.copyMoments() == other.copyMoments())
    #expect(throws: AdEMAMixError.nothingAccumulated) {
      try optimizer.completeStep(&model)
    }
    #expect(model.parameters == expected)
  }

  @Test func `leaves a frozen group as it is, without a gradient`() throws {
    var model = Nested()
    let trained = ParameterGroup("trained", hyperparameters)
    let frozen = ParameterGroup("frozen", hyperparameters, isFrozen: true)
    var optimizer = try AdEMAMix<Double>(
      ParameterLayout(model.namedTensors) {
        $0.name.hasPrefix("layers") ? frozen : trained
      })
    try optimizer.step(&model, along: .zero)
    #expect(model.layers[0].weight == Nested().layers[0].weight)
    #expect(model.scale != Nested().scale)
  }

  @Test func `copies no array that the model owns alone`() throws {
    func address(_ array: [Float]) -> UInt {
      unsafe array.withUnsafeBufferPointer {
        UInt(bitPattern: $0.baseAddress)
      }
    }
    var model = Quadratic(x: [Float](repeating: 1, count: 10_000))
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("all", tensors: model.namedTensors, hyperparameters)
    ])
    let gradient = gradient(at: model) { $0.value() }
    let start = address(model.x)
    for _ in 0..<3 { try optimizer.step(&model, along: gradient) }
    #expect(address(model.x) == start)

    let kept = model
    try optimizer.step(&model, along: gradient)
    #expect(kept.x[0] > model.x[0])
  }

  private func optimizer(_ model: Nested) throws -> AdEMAMix<Double> {
    try AdEMAMix([
      ParameterGroup("all", tensors: model.namedTensors, hyperparameters)
    ])
  }
}
