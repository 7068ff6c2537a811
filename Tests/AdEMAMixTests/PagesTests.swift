//===--- PagesTests.swift - examples of the pages -------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import TestSupport
import Testing

@Suite struct `A page` {
  @Test(arguments: [
    ("Models", "struct Network"), ("Models", "TensorSpec.all"),
    ("Models", "mutableSpan"), ("Models", "var tensors"),
    ("Models", "copyMoments"),
    ("HyperparametersAndGroups", "warmingUp"),
    ("HyperparametersAndGroups", "learningRateFactor"),
    ("HyperparametersAndGroups", "resetMoments"),
    ("HyperparametersAndGroups", "restore"),
    ("HyperparametersAndGroups", "writeUpdate"),
    ("HyperparametersAndGroups", "simplified"),
    ("OptionsAndCosts", "accumulation"), ("OptionsAndCosts", "diagnostics"),
    ("OptionsAndCosts", "swap"),
    ("MemoryAndStorage", "compact"), ("MemoryAndStorage", "round"),
    ("MemoryAndStorage", "split"), ("ComingFrom", ".fromOne"),
  ])
  func `has the code of these tests`(name: String, part: String) throws {
    let page = try DocumentationPage(
      "Sources/AdEMAMix/AdEMAMix.docc/\(name).md")
    #expect(try page.linesOfExample(with: part) == [])
  }

  @Test(arguments: [
    "AdEMAMix/AdEMAMix.docc/DeterminismAndGuarantees.md",
    "AdEMAMixMPI/AdEMAMixMPI.docc/SeveralMachines.md",
  ])
  func `names tests that are there`(path: String) throws {
    let page = try DocumentationPage("Sources/\(path)")
    let tests = page.namedTests()
    #expect(tests.count > 8)
    for test in tests {
      #expect(try test.isThere, "\(test)")
    }
  }

  @Test(arguments: ["README.md"] + DocumentationPage.catalogPaths())
  func `has links to files and pages that are there`(path: String) throws {
    #expect(try DocumentationPage(path).brokenLinks() == [])
  }

  private let hyperparameters = Hyperparameters(
    learningRate: .warmupCosine(
      peak: 1e-3, warmup: 3_000, total: 256_000, to: 1e-5),
    weightDecay: 0.1
  ).warmingUp(alpha: 8, beta3: 0.9999, over: 256_000)

  struct Layer: TensorTree {
    var weight: [Float]
    var bias: [Float]

    mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
      visitor.visit("weight", &weight, shape: [784, 128])
      visitor.visit("bias", &bias)
    }
  }

  struct Network: TensorTree {
    var layers: [Layer]
    var head: Layer?

    mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
      visitor.visit("layers", &layers)
      visitor.visit("head", &head)
    }
  }

  private let layer = Layer(
    weight: [Float](repeating: 1, count: 784 * 128),
    bias: [Float](repeating: 1, count: 128))

  @Test func `puts tensors of a model into groups by name`() throws {
    var network = Network(layers: [layer], head: layer)
    let gradient = network
    let decayed = ParameterGroup("decayed", hyperparameters)
    let plain = ParameterGroup("plain", hyperparameters.with(\.weightDecay, 0))
    let layout = try ParameterLayout(TensorSpec.all(in: network)) {
      $0.name.hasSuffix("bias") ? plain : decayed
    }
    var optimizer = try AdEMAMix<Float>(layout)
    optimizer.average = try ParameterAverage(of: network, decay: 0.999)

    try optimizer.step(&network, gradients: gradient)
    #expect(optimizer.layout.tensors.map(\.group) == [0, 1, 0, 1])
    #expect(optimizer.stepCount == 1)
    #expect(optimizer.average?.updateCount == 1)
  }

  @Test func `counts from 1, as PyTorch does`() throws {
    let layout = try ParameterLayout([
      ParameterGroup(
        "x", sizes: [1],
        Hyperparameters(
          learningRate: 1, alpha: .linear(from: 0, to: 8, over: 8)))
    ])
    var optimizer = try AdEMAMix<Float>(layout, clock: .fromOne)
    let first = try optimizer.hyperparameters(ofGroup: "x", at: 0)
    optimizer = try AdEMAMix<Float>(layout)
    let firstOfOptax = try optimizer.hyperparameters(ofGroup: "x", at: 0)
    #expect(first.alpha == 1 && firstOfOptax.alpha == 0)
  }

  @Test func `trains arrays and spans`() throws {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("all", sizes: [6, 2], hyperparameters)
    ])
    var parameters = [Float](repeating: 1, count: 8)
    var weights = parameters
    let (gradients, g) = (parameters, parameters)
    var layers: [[Float]] = [[1, 1, 1, 1, 1, 1], [1, 1]]
    let layerGradients = layers
    try optimizer.step(&parameters, gradients: gradients)
    try optimizer.step(weights.mutableSpan, gradients: g.span)
    try optimizer.step(&layers, gradients: layerGradients)
    #expect(optimizer.stepCount == 3)
  }

  @Test func `trains memory of other owners`() throws {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("all", tensors: TensorSpec.all(in: layer), hyperparameters)
    ])
    var model = layer
    let gradient = layer
    try unsafe model.weight.withUnsafeMutableBufferPointer { weights in
      try unsafe model.bias.withUnsafeMutableBufferPointer { biases in
        try unsafe gradient.weight.withUnsafeBufferPointer { weightGradients in
          try unsafe gradient.bias.withUnsafeBufferPointer { biasGradients in
            var tensors = unsafe [weights, biases]
            try unsafe optimizer.step(
              &tensors, gradients: [weightGradients, biasGradients])
          }
        }
      }
    }
    #expect(optimizer.stepCount == 1)
  }

  @Test func `reads, sets and divides the state`() throws {
    let rank = 3
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

    var myParameters = [Float](
      repeating: 1, count: layout.shards(4, of: Float.self)[rank].count)
    let myGradients = myParameters
    let shards = layout.shards(4, of: Float.self)
    var mine = try AdEMAMix<Float>(layout, shard: shards[rank])
    try mine.step(&myParameters, gradients: myGradients)
    #expect(mine.stepCount == 1)
  }

  @Test func `changes groups between two steps`() throws {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("body", sizes: [20], hyperparameters, isFrozen: true),
      ParameterGroup("head", sizes: [10], hyperparameters),
    ])
    let depth = ["body": 1.0]
    try optimizer.updateGroup("head") { $0.hyperparameters.learningRate = 1e-4 }
    try optimizer.updateGroup("body") { $0.isFrozen = false }
    try optimizer.updateGroups {
      $0.learningRateFactor = pow(0.9, depth[$0.name, default: 0])
    }
    try optimizer.dampSlowMoment(by: 0.1)
    #expect(optimizer.layout.groups.map(\.learningRateFactor) == [0.9, 1])
    #expect(optimizer.layout.groups.map(\.isFrozen) == [false, false])
  }

  @Test func `resets a row, and takes over a run of AdamW`() throws {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup(
        "all", tensors: [TensorSpec("embedding", shape: [8, 64])],
        hyperparameters)
    ])
    let m = [Float](repeating: 2, count: 512)
    let v = [Float](repeating: 4, count: 512)
    try optimizer.resetMoments(
      .slow, of: "embedding", elements: 3 * 64..<4 * 64)
    try optimizer.restore(
      stepCount: 10_000,
      moments: [.adamW(stepCount: 10_000, first: m, second: v)])
    let moments = optimizer.copyMoments()[0]
    #expect(optimizer.stepCount == 10_000)
    #expect(moments.fast == m && moments.second == v)
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

    optimizer.average = try ParameterAverage(of: parameters, decay: 0.999)
    try optimizer.step(&parameters, gradients: gradients)
    let weights = parameters
    try optimizer.average?.swap(with: &parameters)
    #expect(parameters != weights)
    try optimizer.average?.swap(with: &parameters)
    expectClose(
      parameters.map(Double.init), weights.map(Double.init), tolerance: 1e-6)

    var slower = try ParameterAverage<Float>(of: parameters, decay: 0.9999)
    let report = try optimizer.step(&parameters, gradients: gradients)
    try slower.update(with: parameters, after: report)
    #expect(slower.updateCount == 1 && optimizer.average?.updateCount == 2)
  }

  @Test func `measures a step with options`() throws {
    let layout = try ParameterLayout([
      ParameterGroup("all", sizes: [30], hyperparameters)
    ])
    var parameters = [Float](repeating: 1, count: 30)
    var printed = ""
    func print(_ value: Any) { printed += "\(value)\n" }

    var optimizer = try AdEMAMix<Float>(layout)
    optimizer.options.accumulation = .mean(over: 4)  // micro-batches
    optimizer.options.nonFiniteGradients = .skipStep(limit: 10)
    optimizer.options.clipping = .globalNorm(1)
    for call in 0..<400 {
      let gradients = parameters.map { call == 5 ? .nan : $0 }
      let report = try optimizer.step(
        &parameters, gradients: gradients,
        diagnostics: optimizer.stepCount % 100 == 99)
      if report.outcome == .skipped {
        print("not finite: \(optimizer.skippedStepCount) skipped")
      }
      if let diagnostics = report.diagnostics {
        print("gradient norm \(report.gradientNorm ?? 0)")
        print(diagnostics)
      }
    }
    #expect(printed.hasPrefix("not finite: 1 skipped\n"))
    try optimizer.step(&parameters, gradients: parameters)
    #expect(optimizer.stepCount == 100)
  }

  @Test func `stores moments in fewer bits`() throws {
    let tensors = [TensorSpec("w", count: 512)]
    let head = ParameterGroup("head", sizes: [512], hyperparameters)
    var printed = 0
    func print(_ count: Int) { printed = count }

    let body = ParameterGroup(
      "body", tensors: tensors, hyperparameters, storage: .compact)
    var optimizer = try AdEMAMix<Float>([body, head])
    try optimizer.updateGroup("head") { $0.storage = .minimal }
    print(optimizer.stateByteCount)
    #expect(printed == optimizer.stateByteCount && printed > 0)

    var weights = [Float](repeating: 1.01, count: 1024)
    let gradients = [BFloat16](repeating: BFloat16(1), count: 1024)
    var narrowWeights = [BFloat16](repeating: BFloat16(0), count: 1024)
    try optimizer.round(weights, into: &narrowWeights)
    #expect(narrowWeights.allSatisfy { $0 == BFloat16(1.01) })
    try optimizer.step(
      &weights, gradients: gradients, bfloat16Copy: &narrowWeights)
    #expect(zip(weights, narrowWeights).allSatisfy { BFloat16($0) == $1 })
  }

  @Test func `splits weights`() throws {
    let layout = try ParameterLayout([
      ParameterGroup(
        "all", sizes: [1024], Hyperparameters(learningRate: 1e-3))
    ])
    var parameters = [Float](repeating: 1.01, count: 1024)
    var weights = [BFloat16](repeating: BFloat16(0), count: 1024)
    let gradients = [BFloat16](repeating: BFloat16(1), count: 1024)

    var optimizer = try AdEMAMix<Float>(layout, weights: .split32)
    try optimizer.split(parameters, into: &weights)
    try optimizer.step(&weights, gradients: gradients)
    try optimizer.join(weights, into: &parameters)
    #expect(parameters.allSatisfy { $0 < 1.01 && $0 > 1 })
    #expect(zip(parameters, weights).allSatisfy { BFloat16($0) == $1 })
  }
}
