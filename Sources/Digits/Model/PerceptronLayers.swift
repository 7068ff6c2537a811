//===--- PerceptronLayers.swift - the layers and their parameters ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import Layers

/// The layers of a multilayer perceptron: two hidden ones and
/// the output, with GELU between them.
package struct PerceptronLayers: Sendable {
  /// The parameters of all layers.
  package let plan: ParameterPlan
  let hidden: [Linear]
  let output: Linear
  /// The neurons of a hidden layer.
  let width: Int

  package init(width: Int) {
    var plan = ParameterPlan()
    hidden = (0..<2).map { index in
      // GELU passes about half of its input on.
      Linear(
        "hidden.\(index)", inputs: index == 0 ? DigitImages.pixelCount : width,
        outputs: width, gain: 2.0.squareRoot(), in: &plan)
    }
    // A small gain: the first predictions are nearly uniform.
    output = Linear(
      "output", inputs: width, outputs: DigitImages.digitCount, gain: 0.1,
      in: &plan)
    self.plan = plan
    self.width = width
  }
}
