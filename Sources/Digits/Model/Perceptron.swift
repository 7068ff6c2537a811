//===--- Perceptron.swift - the loss of images, and its gradient ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import Layers

/// A multilayer perceptron, with memory for a batch of images. The caller has
/// the parameters and the gradients, each a flat array in the order of
/// ``PerceptronLayers/plan``.
package struct Perceptron<Scalar: LayerScalar>: ~Copyable {
  package let layers: PerceptronLayers
  /// The largest number of images in a batch.
  private let capacity: Int
  private let arena: Arena<Scalar>
  private let views: PerceptronViews<Scalar>

  package init(_ layers: PerceptronLayers, capacity: Int) {
    self.layers = layers
    self.capacity = capacity
    var views: PerceptronViews<Scalar>?
    arena = Arena(for: &views) {
      PerceptronViews(layers, rows: capacity, in: &$0)
    }
    guard let views else { fatalError("An arena lays out its views.") }
    self.views = views
  }

  /// The mean loss of some images in nats. The gradient of the loss replaces
  /// `gradients`.
  package func loss(
    _ parameters: [Scalar], _ images: DigitImages, _ chosen: [Int],
    gradients: inout [Scalar]
  ) -> Double {
    ParameterMemory.with(parameters, gradients: &gradients) { memory in
      let views = views.rows(chosen.count)
      forward(images, chosen, views, memory)
      let loss = CrossEntropy.lossAndGradient(
        views.logits, classes: chosen.map { images.digits[$0] })
      backward(views, memory)
      return loss
    }
  }

  /// The loss and the accuracy of the parameters on all images.
  package func evaluation(
    _ parameters: [Scalar], _ images: DigitImages
  ) -> Evaluation {
    var (loss, rightCount) = (0.0, 0)
    for first in stride(from: 0, to: images.count, by: capacity) {
      let chosen = Array(first..<min(first + capacity, images.count))
      let views = views.rows(chosen.count)
      unsafe parameters.withUnsafeBufferPointer {
        forward(images, chosen, views, unsafe ParameterMemory(values: $0))
      }
      let digits = chosen.map { images.digits[$0] }
      rightCount += zip(views.guesses, digits).count { $0 == $1 }
      loss +=
        Double(chosen.count)
        * CrossEntropy.lossAndGradient(views.logits, classes: digits)
    }
    return Evaluation(
      loss: loss / Double(images.count),
      accuracy: Double(rightCount) / Double(images.count))
  }

  private func forward(
    _ images: DigitImages, _ chosen: [Int], _ views: PerceptronViews<Scalar>,
    _ memory: ParameterMemory<Scalar>
  ) {
    for (row, index) in chosen.enumerated() {
      let first = index * DigitImages.pixelCount
      let pixels = unsafe views.input.row(row)
      for pixel in 0..<DigitImages.pixelCount {
        unsafe pixels[pixel] = Scalar(images.pixels[first + pixel])
      }
    }
    var below = views.input
    for (layer, views) in zip(layers.hidden, views.hidden) {
      layer.forward(below, into: views.sum, memory)
      GELU.forward(views.sum, into: views.activated)
      below = views.activated
    }
    layers.output.forward(below, into: views.logits, memory)
  }

  /// The backward pass, which starts with the gradient by the logits. This
  /// gradient has replaced the logits.
  private func backward(
    _ views: PerceptronViews<Scalar>, _ memory: ParameterMemory<Scalar>
  ) {
    let inputs = [views.input] + views.hidden.map(\.activated)
    let last = inputs.count - 1
    layers.output.backward(
      views.logits, x: inputs[last], into: views.hidden.last?.gradient, memory)
    for (index, layer) in layers.hidden.enumerated().reversed() {
      let gradient = views.hidden[index].gradient
      GELU.backward(gradient, x: views.hidden[index].sum)
      layer.backward(
        gradient, x: inputs[index],
        into: index > 0 ? views.hidden[index - 1].gradient : nil, memory)
    }
  }
}
