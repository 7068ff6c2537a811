//===--- ModelCheckpointTests.swift - a model that goes on from a file ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import AdEMAMixDifferentiation
import TestSupport
import Testing
import _Differentiation

@Suite struct `A differentiable model` {
  @Test func `goes on from a checkpoint with the same bits`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f.safetensors")
    var model = Nested()
    let decayed = ParameterGroup(
      "decayed",
      Hyperparameters(
        learningRate: .cosineDecay(from: 0.05, over: 40), weightDecay: 0.1))
    let plain = ParameterGroup(
      "plain", decayed.hyperparameters.with(\.weightDecay, 0))
    let layout = try ParameterLayout(model.namedTensors) {
      $0.name.hasSuffix("bias") ? plain : decayed
    }
    var optimizer = try AdEMAMix<Double>(layout)
    optimizer.options.clipping = .globalNorm(1)
    try train(&model, with: &optimizer)
    try optimizer.save(to: path, parameters: model.parameters)

    var resumedModel = Nested()
    var resumed = try AdEMAMix<Double>(layout)
    try resumed.load(from: path, parameters: &resumedModel.parameters)
    #expect(resumedModel.parameters == model.parameters)
    #expect(resumedModel.parameters != Nested().parameters)

    try train(&model, with: &optimizer)
    try train(&resumedModel, with: &resumed)
    #expect(resumedModel.parameters == model.parameters)
    #expect(resumed.copyMoments() == optimizer.copyMoments())
    #expect(resumed.options == optimizer.options && resumed.stepCount == 40)
    #expect(
      try Checkpoint<Double>(path).layout.tensors.map(\.shape)
        == model.namedTensors.map(\.shape))
  }

  private func train(
    _ model: inout Nested, with optimizer: inout AdEMAMix<Double>
  ) throws {
    for step in 0..<20 {
      let gradient = gradient(at: model) { $0.value(0.1 * Double(step)) }
      try optimizer.step(&model, along: gradient)
    }
  }
}
