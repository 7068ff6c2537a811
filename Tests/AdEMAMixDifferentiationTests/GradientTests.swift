//===--- GradientTests.swift - Swift's gradients, and differences ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixDifferentiation
import AutomaticDifferentiation
import Testing
import _Differentiation

@Suite struct `The gradient that Swift finds` {
  @Test func `is that of finite differences, in every parameter`() {
    expectDifferences(
      SpiralNetwork(width: 5, seed: 3), gradientCount: 51
    ) { $0.loss(Spirals.training) }
    expectDifferences(Nested(), gradientCount: 10) { $0.value(0.4) }
  }

  /// Compares the gradient with central differences. `gradientCount` is how
  /// many elements are not 0.
  private func expectDifferences<Model: ParameterizedModel>(
    _ model: Model, gradientCount: Int,
    _ loss: @differentiable(reverse) (Model) -> Double
  ) where Model.Scalar == Double {
    let gradients = model.gradients(in: gradient(at: model, of: loss))
    var nonZero = 0
    var worst = (tensor: "", error: 0.0)
    for (index, tensor) in model.namedTensors.enumerated() {
      for element in 0..<tensor.count {
        func value(_ shift: Double) -> Double {
          var model = model
          model.parameters[index][element] += shift
          return loss(model)
        }
        let difference = (value(1e-5) - value(-1e-5)) / 2e-5
        let error = abs(difference - gradients[index][element])
        if gradients[index][element] != 0 { nonZero += 1 }
        if !(error <= worst.error) { worst = (tensor.name, error) }
      }
    }
    #expect(worst.error < 1e-8, "\(worst.tensor)")
    #expect(nonZero == gradientCount)
  }
}
