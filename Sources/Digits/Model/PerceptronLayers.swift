//===--- PerceptronLayers.swift - the layers and their parameters ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import Layers

/// The layers of a multilayer perceptron: two hidden layers and the output,
/// with GELU between them.
package struct PerceptronLayers: Sendable {
  /// The parameters of all layers.
  package let plan: ParameterPlan
  let hidden: [Linear]
  let output: Linear
  /// The number of neurons in a hidden layer.
  let width: Int

  package init(width: Int) {
    var plan = ParameterPlan()
    hidden = (0..<2).map { index in
      // A gain of √2, since GELU halves the variance, about.
      Linear(
        "hidden.\(index)", inputs: index == 0 ? DigitImages.pixelCount : width,
        outputs: width, gain: 2.0.squareRoot(), in: &plan)
    }
    // With a small gain, the first predictions are nearly uniform.
    output = Linear(
      "output", inputs: width, outputs: DigitImages.digitCount, gain: 0.1,
      in: &plan)
    self.plan = plan
    self.width = width
  }
}
