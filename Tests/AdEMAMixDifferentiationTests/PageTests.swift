//===--- PageTests.swift - the example of the first page ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixDifferentiation
import TestSupport
import Testing
import _Differentiation

@Suite struct `The page of differentiable models` {
  struct Quadratic: ParameterizedModel {
    var x: [Float]

    @differentiable(reverse)
    func value() -> Float { x.differentiableReduce(0) { $0 + $1 * $1 } }

    mutating func visitParameters(
      along gradient: TangentVector, by visitor: inout ParameterVisitor<Float>
    ) {
      visitor.visit("x", &x, gradient.x)
    }
  }

  @Test func `has the code of this test`() throws {
    let page = try DocumentationPage(
      "Sources/AdEMAMixDifferentiation/AdEMAMixDifferentiation.docc/"
        + "AdEMAMixDifferentiation.md")
    #expect(try page.linesOfExample(with: "Quadratic") == [])

    var model = Quadratic(x: [1, 2, 3])
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup(
        "all", tensors: model.namedTensors, Hyperparameters(learningRate: 0.01))
    ])
    let before = model.value()
    try optimizer.step(&model, along: gradient(at: model) { $0.value() })
    #expect(model.value() < before && optimizer.stepCount == 1)
  }
}
