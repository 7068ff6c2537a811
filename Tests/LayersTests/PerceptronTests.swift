//===--- PerceptronTests.swift - layers in a row, on images ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Digits
import Layers
import Testing

@Suite struct `A perceptron` {
  private let layers = PerceptronLayers(width: 5)
  private let images: DigitImages

  init() throws {
    let random = CounterRandom(seed: 3, stream: 0)
    let marks = Array("0123456789abcdefg".utf8)
    var text: [UInt8] = []
    for image in 0..<60 {
      text.append(marks[image % 10])
      for pixel in 0..<64 {
        if pixel.isMultiple(of: 8) { text.append(UInt8(ascii: " ")) }
        text.append(marks[random.below(17, UInt64(image * 64 + pixel))])
      }
      text.append(UInt8(ascii: "\n"))
    }
    images = try DigitImages(text)
  }

  @Test func `has the gradient of finite differences`() {
    let model = Perceptron<Double>(layers, capacity: 8)
    // The batch does not fill the memory, and has an image twice.
    let chosen = [3, 59, 3, 17, 0]
    // Large weights would make large differences, which round.
    let point = normal(layers.plan.count, stream: 0).map { 0.4 * $0 }
    expectGradient(at: point) { point in
      var gradients = [Double](repeating: .nan, count: point.count)
      let loss = model.loss(point, images, chosen, gradients: &gradients)
      return (loss, gradients)
    }
  }

  @Test func `is evaluated alike in batches of any size`() {
    let parameters = normal(layers.plan.count, stream: 0)
    let whole = Perceptron<Double>(layers, capacity: 60)
      .evaluation(parameters, images)
    let parts = Perceptron<Double>(layers, capacity: 7)
      .evaluation(parameters, images)
    #expect(abs(whole.loss - parts.loss) < 1e-12)
    #expect(whole.accuracy == parts.accuracy)
    var gradients = parameters
    let loss = Perceptron<Double>(layers, capacity: 60)
      .loss(parameters, images, Array(0..<60), gradients: &gradients)
    #expect(abs(whole.loss - loss) < 1e-12)
  }

  @Test func `that always says 3 is right about every tenth image`() {
    var parameters = [Double](repeating: 0, count: layers.plan.count)
    // The biases of the output are the last parameters.
    parameters[parameters.count - 7] = 1
    let evaluation = Perceptron<Double>(layers, capacity: 16)
      .evaluation(parameters, images)
    #expect(evaluation.accuracy == 0.1)
    // ln(9 + e) - 1/10
    #expect(abs(evaluation.loss - 2.36120) < 1e-4)
  }
}
