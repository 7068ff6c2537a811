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

    var memory = layers[3]
    let gradient = layerGradients[3]
    try unsafe memory.withUnsafeMutableBufferPointer { memory in
      try unsafe gradient.withUnsafeBufferPointer { gradient in
        var optimizer = try AdEMAMix<Float>([
          ParameterGroup("bias", sizes: [10], hyperparameters)
        ])
        let tensors = unsafe [
          TensorBuffers(parameters: memory, gradients: gradient)
        ]
        try unsafe optimizer.step(tensors)
      }
    }
    #expect(optimizer.stepCount == 3)
  }

  @Test func `puts tensors into groups by name`() throws {
    let tensors = [
      NamedTensor("h.weight", count: 6), NamedTensor("h.bias", count: 2),
      NamedTensor("out.weight", count: 2),
    ]
    let decayed = ParameterGroup("decayed", hyperparameters)
    let plain = ParameterGroup("plain", hyperparameters.with(\.weightDecay, 0))
    let layout = try ParameterLayout(tensors) {
      $0.name.hasSuffix(".bias") ? plain : decayed
    }
    var optimizer = try AdEMAMix<Float>(layout)
    #expect(optimizer.layout.tensors.map(\.group) == [0, 1, 0])

    let moments = optimizer.moments()
    try optimizer.restore(stepCount: optimizer.stepCount, moments: moments)
    #expect(optimizer.moments() == moments)

    let shards = layout.shards(4, of: Float.self)
    var mine = try AdEMAMix<Float>(layout, shard: shards[3])
    var myParameters = [Float](repeating: 1, count: shards[3].count)
    let myGradients = myParameters
    try mine.step(&myParameters, gradients: myGradients)
    #expect(mine.stepCount == 1)
  }
}
