//===--- OwnershipTests.swift - optimizers in types of a program ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

// The types of the page "Models" of the documentation.

private struct Layer: TensorTree, Equatable {
  var weight: [Float]
  var bias: [Float]

  mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
    visitor.visit("weight", &weight, shape: [2, 3])
    visitor.visit("bias", &bias)
  }
}

private struct Network: TensorTree, Equatable {
  var layers: [Layer]
  var head: Layer?

  mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
    visitor.visit("layers", &layers)
    visitor.visit("head", &head)
  }
}

private final class Trainer {
  var model: Network
  private var optimizer: AdEMAMix<Float>

  init(_ model: Network, _ layout: ParameterLayout) throws {
    self.model = model
    optimizer = try AdEMAMix(layout)
  }

  func train(_ gradient: Network) throws {
    try optimizer.step(&model, gradients: gradient)
  }
}

private actor SharedTrainer {
  private(set) var model: Network
  private var optimizer: AdEMAMix<Float>

  init(_ model: Network, _ layout: ParameterLayout) throws {
    self.model = model
    optimizer = try AdEMAMix(layout)
  }

  func train(_ gradient: Network) throws {
    try optimizer.step(&model, gradients: gradient)
  }
}

@Suite struct `An optimizer in a type of a program` {
  private let network = Network(
    layers: [
      Layer(weight: [1, 2, 3, 4, 5, 6], bias: [1, -1]),
      Layer(weight: [6, 5, 4, 3, 2, 1], bias: [0, 2]),
    ], head: Layer(weight: [1, 1, 1, -1, -1, -1], bias: [3, 3]))

  private func makeLayout() throws -> ParameterLayout {
    let decayed = ParameterGroup(
      "decayed", Hyperparameters(learningRate: 0.1, weightDecay: 0.1))
    let plain = ParameterGroup("plain", Hyperparameters(learningRate: 0.1))
    return try ParameterLayout(TensorSpec.all(in: network)) {
      $0.name.hasSuffix("bias") ? plain : decayed
    }
  }

  /// The model after so many steps of an optimizer that is no one's member.
  private func stepped(_ count: Int) throws -> Network {
    var model = network
    var optimizer = try AdEMAMix<Float>(makeLayout())
    for _ in 0..<count { try optimizer.step(&model, gradients: network) }
    return model
  }

  @Test func `may belong to a class`() throws {
    let trainer = try Trainer(network, makeLayout())
    for _ in 0..<3 { try trainer.train(network) }
    #expect(try trainer.model == stepped(3))
  }

  @Test func `may belong to an actor that tasks share`() async throws {
    let trainer = try SharedTrainer(network, makeLayout())
    try await withThrowingTaskGroup { tasks in
      for _ in 0..<8 {
        tasks.addTask { [network] in try await trainer.train(network) }
      }
      try await tasks.waitForAll()
    }
    let model = await trainer.model
    #expect(try model == stepped(8))
  }

  @Test func `goes back to a copy`() throws {
    var model = network
    var optimizer = try AdEMAMix<Float>(makeLayout())
    try optimizer.step(&model, gradients: network)
    let backup = try optimizer.copy()
    let weights = model
    try optimizer.step(&model, gradients: network)
    #expect(try model == stepped(2))
    optimizer = backup
    model = weights
    try optimizer.step(&model, gradients: network)
    #expect(try model == stepped(2))
  }
}
