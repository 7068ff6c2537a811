//===--- ReadmeTests.swift - the README's examples ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

/// The first example is the program of the clients that `scripts/check` builds.
@Suite struct `The README` {
  @Test(arguments: ["warmingUp", "TensorTree", "lossAndGradients"])
  func `has the code of these tests`(part: String) throws {
    let page = try DocumentationPage("README.md")
    #expect(try page.linesOfExample(with: part) == [])
  }

  @Test func `trains a model in any shape`() throws {
    let hyperparameters = Hyperparameters(
      learningRate: .warmupCosine(
        peak: 1e-3, warmup: 3_000, total: 256_000, to: 1e-5),
      weightDecay: 0.1
    ).warmingUp(alpha: 8, beta3: 0.9999, over: 256_000)

    var optimizer = try AdEMAMix<Float>([
      ParameterGroup(
        "matrices", sizes: [784 * 128, 128 * 10], hyperparameters),
      ParameterGroup(
        "biases", sizes: [128, 10], hyperparameters.with(\.weightDecay, 0)),
    ])
    let count = optimizer.layout.count
    #expect(count == 784 * 128 + 128 * 10 + 128 + 10)
    var parameters = [Float](repeating: 1, count: count)
    let gradients = parameters
    var weights = parameters
    let g = gradients
    var layers = optimizer.layout.tensors.map { Array(parameters[$0.range]) }
    let layerGradients = layers
    try optimizer.step(&parameters, gradients: gradients)
    try optimizer.step(weights.mutableSpan, gradients: g.span)
    try optimizer.step(&layers, gradients: layerGradients)
    #expect(optimizer.stepCount == 3)
  }

  @Test func `trains a struct`() throws {
    struct Layer: TensorTree {
      var weight: [Float]
      var bias: [Float]

      mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
        visitor.visit("weight", &weight, shape: [784, 128])
        visitor.visit("bias", &bias)
      }
    }
    var model = Layer(
      weight: [Float](repeating: 1, count: 784 * 128),
      bias: [Float](repeating: 1, count: 128))
    let gradient = model
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup(
        "all", tensors: TensorSpec.all(in: model),
        Hyperparameters(learningRate: 0.5))
    ])
    try optimizer.step(&model, gradients: gradient)
    #expect(optimizer.stepCount == 1)
    #expect(model.bias.allSatisfy { abs($0 - 0.5) < 1e-3 })
  }

  @Test func `goes round a training loop`() throws {
    let hyperparameters = Hyperparameters(learningRate: 1e-3, weightDecay: 0.1)
      .warmingUp(alpha: 8, beta3: 0.9999, over: 256_000)
    let layout = try ParameterLayout([
      ParameterGroup("body", sizes: [20], hyperparameters, isFrozen: true),
      ParameterGroup("head", sizes: [10], hyperparameters),
    ])
    struct Batches {
      var count = 0
      mutating func nextBatch() -> Int {
        count += 1
        return count
      }
    }
    struct Model {
      func lossAndGradients(_ x: [Float], _ batch: Int) -> (Float, [Float]) {
        (x.reduce(0) { $0 + $1 * $1 }, x.map { batch == 8 ? .nan : 2 * $0 })
      }
    }
    var data = Batches()
    let model = Model()
    var parameters = [Float](repeating: 1, count: layout.count)
    var printed = ""
    func print(_ value: Any) { printed += "\(value)\n" }

    var optimizer = try AdEMAMix<Float>(layout)
    optimizer.options.accumulation = .mean(over: 4)  // micro-batches
    optimizer.options.nonFiniteGradients = .skipStep(limit: 10)
    optimizer.options.clipping = .globalNorm(1)
    optimizer.average = try ParameterAverage(of: parameters, decay: 0.999)
    while optimizer.stepCount < 1_000 {
      let (loss, gradients) = model.lossAndGradients(
        parameters, data.nextBatch())
      let report = try optimizer.step(
        &parameters, gradients: gradients,
        diagnostics: optimizer.stepCount % 100 == 99)
      if report.outcome == .skipped {
        print("not finite: \(optimizer.skippedStepCount) skipped")
      }
      if let diagnostics = report.diagnostics {
        print("loss \(loss), gradient norm \(report.gradientNorm ?? 0)")
        print(diagnostics)
      }
    }
    #expect(data.count == 4_001)
    #expect(optimizer.average?.updateCount == 1_000)
    #expect(printed.hasPrefix("not finite: 1 skipped\nloss "))
    #expect(printed.contains(", gradient norm "))
    #expect(printed.contains("step 100, clip factor "))

    for _ in 0..<3 {
      try optimizer.step(&parameters, gradients: parameters)
    }
    try optimizer.completeStep(&parameters)
    try optimizer.step(&parameters, gradients: parameters)
    optimizer.discardAccumulatedGradients()
    #expect(optimizer.stepCount == 1_001)
    #expect(optimizer.accumulatedGradientCount == 0)
  }
}
