//===--- ModelListTests.swift - names, shapes, and what does not fit ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixDifferentiation
import Testing
import _Differentiation

@Suite struct `The list of a model's parameters` {
  @Test func `names members by their path, and keeps shapes`() {
    let tensors = Nested().namedTensors
    #expect(tensors.map(\.name) == nestedNames)
    #expect(
      tensors.map(\.shape)
        == [[1, 2], [], [1, 2], [], [1, 2], [], [2], [3], []])
  }

  @Test func `can be read and set`() {
    var model = Nested()
    var parameters = model.parameters
    #expect(parameters[4] == model.layers[1].weight)
    parameters[4] = [8, 9]
    parameters[8] = [-1]
    model.parameters = parameters
    #expect(model.layers[1].weight == [8, 9] && model.scale == -1)
    #expect(model.parameters == parameters)
    #expect(model.layers[1].name == "layer")
  }

  @Test func `must keep its counts when it is set`() async {
    await #expect(processExitsWith: .failure) {
      var model = Nested()
      model.parameters[4] = [1]
    }
  }

  @Test func `is refused with another tensor, count or order`() throws {
    var model = Nested()
    let hyperparameters = Hyperparameters(learningRate: 0.1)
    var optimizer = try AdEMAMix<Double>([
      ParameterGroup("all", tensors: model.namedTensors, hyperparameters)
    ])
    func expect(
      _ error: AdEMAMixError, of model: inout Nested,
      along gradient: Nested.TangentVector
    ) {
      let parameters = model.parameters
      let moments = optimizer.copyMoments()
      #expect(throws: error) {
        try optimizer.step(&model, along: gradient)
      }
      #expect(model.parameters == parameters)
      #expect(optimizer.copyMoments() == moments && optimizer.stepCount == 0)
    }

    var gradient = Nested.TangentVector.zero
    gradient.unused = [1, 2]
    expect(
      .tensorGradientCount(2, expected: 3, tensor: "unused"), of: &model,
      along: gradient)

    gradient = .zero
    gradient.layers = [.zero]
    expect(
      .tensorGradientCount(1, expected: 2, tensor: "layers"), of: &model,
      along: gradient)

    gradient = .zero
    gradient.layers = [.zero, .zero]
    gradient.layers.base[1].weight = [1]
    expect(
      .tensorGradientCount(1, expected: 2, tensor: "layers.1.weight"),
      of: &model, along: gradient)

    model.layers[0].weight.append(4)
    expect(
      .tensorParameterCount(3, expected: 2, tensor: "layers.0.weight"),
      of: &model, along: .zero)

    model.layers.removeLast()
    expect(
      .tensorOrder(nestedNames.filter { !$0.hasPrefix("layers.1") }),
      of: &model, along: .zero)

    var reordered = try AdEMAMix<Double>([
      ParameterGroup(
        "all", tensors: Nested().namedTensors.reversed(), hyperparameters)
    ])
    var other = Nested()
    #expect(throws: AdEMAMixError.tensorOrder(nestedNames)) {
      try reordered.step(&other, along: .zero)
    }
    #expect(other.parameters == Nested().parameters)
  }

  @Test func `is whole again after a gradient that is refused`() throws {
    var model = Nested()
    var optimizer = try AdEMAMix<Double>([
      ParameterGroup(
        "all", tensors: model.namedTensors, Hyperparameters(learningRate: 0.1))
    ])
    optimizer.options.nonFiniteGradients = .throw
    var gradient = Nested.TangentVector.zero
    gradient.scale = .infinity
    #expect(
      throws: AdEMAMixError.nonFiniteGradient(
        value: .infinity, index: 0, tensor: "scale")
    ) { try optimizer.step(&model, along: gradient) }
    #expect(model.parameters == Nested().parameters)
  }
}
