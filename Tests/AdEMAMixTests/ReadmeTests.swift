//===--- ReadmeTests.swift - the README's second example ------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

/// The first example is the program of the clients that `scripts/check` builds.
@Suite struct `The README` {
  private let hyperparameters = Hyperparameters(
    learningRate: .warmupCosine(
      peak: 1e-3, warmup: 3_000, total: 256_000, to: 1e-5),
    weightDecay: 0.1
  ).warmingUp(alpha: 8, beta3: 0.9999, over: 256_000)

  @Test func `trains a model in any shape`() throws {
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
    try optimizer.step(&parameters, gradients: gradients)
    try optimizer.step(parameters.mutableSpan, gradients: gradients.span)

    var layers = optimizer.layout.tensors.map { Array(parameters[$0.range]) }
    let layerGradients = layers
    try optimizer.step(&layers, gradients: layerGradients)

    struct Layer: TensorTree {
      var weight: [Float]
      var bias: [Float]

      mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
        visitor.visit("weight", &weight, shape: [784, 128])
        visitor.visit("bias", &bias)
      }
    }
    var model = Layer(weight: layers[0], bias: layers[2])
    let gradient = model
    let plain = ParameterGroup("plain", hyperparameters)
    let decayed = ParameterGroup(
      "decayed", hyperparameters.with(\.weightDecay, 0.1))
    let layout = try ParameterLayout(TensorSpec.all(in: model)) {
      $0.name.hasSuffix(".bias") ? plain : decayed
    }
    var ofModel = try AdEMAMix<Float>(layout)
    try ofModel.step(&model, gradients: gradient)

    var (weights, biases) = (model.weight, model.bias)
    try unsafe weights.withUnsafeMutableBufferPointer { weights in
      try unsafe biases.withUnsafeMutableBufferPointer { biases in
        let (weight, bias) = (gradient.weight, gradient.bias)
        var tensors = unsafe [weights, biases]
        try unsafe weight.withUnsafeBufferPointer { weightGradients in
          try unsafe bias.withUnsafeBufferPointer { biasGradients in
            _ = try unsafe ofModel.step(
              &tensors, gradients: [weightGradients, biasGradients])
          }
        }
      }
    }
    #expect(ofModel.stepCount == 2)
    #expect(optimizer.stepCount == 3)
  }

  @Test func `puts tensors into groups by name`() throws {
    let tensors = [
      TensorSpec("h.weight", count: 6), TensorSpec("h.bias", count: 2),
      TensorSpec("out.weight", count: 2),
    ]
    let decayed = ParameterGroup("decayed", hyperparameters)
    let plain = ParameterGroup("plain", hyperparameters.with(\.weightDecay, 0))
    let layout = try ParameterLayout(tensors) {
      $0.name.hasSuffix(".bias") ? plain : decayed
    }
    var optimizer = try AdEMAMix<Float>(layout)
    #expect(optimizer.layout.tensors.map(\.group) == [0, 1, 0])

    let moments = optimizer.copyMoments()
    try optimizer.restore(stepCount: optimizer.stepCount, moments: moments)
    #expect(optimizer.copyMoments() == moments)

    let shards = layout.shards(4, of: Float.self)
    var mine = try AdEMAMix<Float>(layout, shard: shards[3])
    var myParameters = [Float](repeating: 1, count: shards[3].count)
    let myGradients = myParameters
    try mine.step(&myParameters, gradients: myGradients)
    #expect(mine.stepCount == 1)
  }

  @Test func `goes round a training loop`() throws {
    let layout = try ParameterLayout([
      ParameterGroup("body", sizes: [20], hyperparameters, isFrozen: true),
      ParameterGroup("head", sizes: [10], hyperparameters),
    ])
    var parameters = [Float](repeating: 1, count: layout.count)
    var printed = ""
    var calls = 0

    var optimizer = try AdEMAMix<Float>(layout)
    optimizer.options.accumulation = .mean(over: 4)  // micro-batches
    optimizer.options.nonFiniteGradients = .skipStep(limit: 10)
    optimizer.options.clipping = .globalNorm(1)
    var average = try ParameterAverage<Float>(of: parameters, decay: 0.999)
    while optimizer.stepCount < 100 {
      let gradients = parameters.map { calls == 7 ? .nan : 2 * $0 }
      calls += 1
      let report = try optimizer.step(
        &parameters, gradients: gradients,
        diagnostics: optimizer.stepCount % 100 == 99)
      try average.update(with: parameters, after: report)
      if report.outcome == .skipped {
        print("skipped: \(optimizer.skippedStepCount)", to: &printed)
      }
      if let diagnostics = report.diagnostics {
        print("gradient norm \(report.gradientNorm ?? 0)", to: &printed)
        print(diagnostics, to: &printed)
      }
    }
    #expect(calls == 401 && average.updateCount == 100)
    #expect(printed.hasPrefix("skipped: 1\ngradient norm "))
    #expect(printed.contains("step 100, clip factor "))

    for _ in 0..<3 {
      try optimizer.step(&parameters, gradients: parameters)
    }
    try optimizer.completeStep(&parameters)
    try optimizer.step(&parameters, gradients: parameters)
    optimizer.discardAccumulatedGradients()
    #expect(optimizer.stepCount == 101)
    #expect(optimizer.accumulatedGradientCount == 0)

    let depth = ["body": 1, "head": 0]
    try optimizer.updateGroup("head") { $0.hyperparameters.learningRate = 1e-4 }
    try optimizer.updateGroup("body") { $0.isFrozen = false }
    try optimizer.updateGroups {
      $0.learningRateFactor = depth[$0.name] == 0 ? 1 : 0.9
    }
    try optimizer.dampSlowMoment(by: 0.1)
    #expect(optimizer.layout.groups.map(\.learningRateFactor) == [0.9, 1])
  }

  @Test func `writes updates, averages and simplifies`() throws {
    let simplified = Hyperparameters.simplified(
      learningRate: 1e-4,
      beta1: .halfLife(from: 0.9, to: 0.999, over: 10_000), alpha: 10)
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("w", sizes: [3], simplified)
    ])
    var parameters: [Float] = [1, 2, 3]
    var updates = parameters
    let gradients = parameters
    try optimizer.writeUpdate(into: &updates, gradients: gradients)
    // m + α·g over the root of g².
    expectClose(updates.map(Double.init), [11, 11, 11], tolerance: 1e-6)

    var average = try ParameterAverage<Float>(of: parameters, decay: 0.999)
    let report = try optimizer.step(&parameters, gradients: gradients)
    try average.update(with: parameters, after: report)
    let weights = parameters
    try average.swap(with: &parameters)
    #expect(parameters != weights)
    try average.swap(with: &parameters)
    expectClose(
      parameters.map(Double.init), weights.map(Double.init), tolerance: 1e-6)
  }
}
