//===--- GPTTests.swift - the model as a whole ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import LanguageModel
import Layers
import Testing

@Suite struct `A model` {
  private let shape = GPTShape(
    vocabulary: 5, context: 4, width: 6, heads: 2, blocks: 2)
  private var symbols: [Int32] { (0..<40).map { Int32(($0 * $0 + 3) % 5) } }
  private var batch: Batch {
    Batch(of: symbols, seed: 1, step: 0, sequences: 2, context: 4)
  }

  @Test func `has the gradient of finite differences, in every parameter`() {
    let layers = GPTLayers(shape)
    let model = GPT<Double>(layers, sequences: 2)
    // From small weights, gradients would be too small to tell.
    let random = CounterRandom(seed: 9, stream: 0)
    var point = (0..<layers.plan.count).map { 0.5 * random.normal(UInt64($0)) }
    var gradient = [Double](repeating: .nan, count: point.count)
    _ = model.loss(point, batch, gradients: &gradient)
    var worst = (index: 0, error: 0.0)
    for index in point.indices {
      let value = point[index]
      point[index] = value + 1e-5
      let above = model.loss(point, batch)
      point[index] = value - 1e-5
      let below = model.loss(point, batch)
      point[index] = value
      let difference = (above - below) / 2e-5
      let error = abs(difference - gradient[index])
      if !(error <= worst.error) { worst = (index, error) }
    }
    #expect(worst.error < 1e-9, "element \(worst.index)")
    let usedCount = gradient.count { $0 != 0 }
    #expect(usedCount > point.count * 9 / 10)
  }

  @Test func `is the same in single and double precision, but for rounding`() {
    let layers = GPTLayers(shape)
    let single = GPT<Float>(layers, sequences: 2)
    let double = GPT<Double>(layers, sequences: 2)
    let values: [Double] = layers.plan.initialValues(seed: 4)
    var gradients = [Double](repeating: 0, count: values.count)
    var singleGradients = [Float](repeating: 0, count: values.count)
    let loss = double.loss(values, batch, gradients: &gradients)
    let singleLoss = single.loss(
      layers.plan.initialValues(seed: 4), batch, gradients: &singleGradients)
    #expect(abs(loss - singleLoss) < 1e-5)
    for (a, b) in zip(gradients, singleGradients) {
      #expect(abs(a - Double(b)) < 1e-5)
    }
  }

  @Test func `hands out the same gradient part by part`() {
    let layers = GPTLayers(shape)
    let model = GPT<Double>(layers, sequences: 2)
    var values: [Double] = layers.plan.initialValues(seed: 4)
    var expected = [Double](repeating: 0, count: values.count)
    let loss = model.loss(values, batch, gradients: &expected)
    let largest = layers.parts.map(\.elements.count).max() ?? 0
    var memory = [Double](repeating: .nan, count: largest)
    var found = [Double](repeating: .nan, count: values.count)
    var names: [String] = []
    let other = unsafe model.loss(&values, batch, gradients: &memory) {
      part, values, gradients in
      names.append(part.name)
      found.replaceSubrange(part.elements, with: unsafe Array(gradients))
      // Later stages must not need the parameters of this one.
      unsafe values.update(repeating: .nan)
    }
    #expect(other == loss)
    #expect(found == expected)
    #expect(
      names == ["head", "norm", "block.1", "block.0", "tokens", "positions"])
    #expect(layers.parts.map(\.elements.count).reduce(0, +) == values.count)
    #expect(largest < values.count / 2)
  }

  @Test func `computes with widened weights, part by part`() {
    let layers = GPTLayers(shape)
    let model = GPT<Float>(layers, sequences: 2)
    let values: [Float] = layers.plan.initialValues(seed: 4)
    var weights = values.map { BFloat16($0) }
    let widened = weights.map { Float($0) }
    var expected = [Float](repeating: 0, count: values.count)
    let loss = model.loss(widened, batch, gradients: &expected)
    var memory = PartMemory(for: layers)
    #expect(model.loss(weights, batch, in: &memory) == loss)
    var found = [Float](repeating: .nan, count: values.count)
    let other = model.loss(&weights, batch, in: &memory) {
      part, weights, gradients in
      found.replaceSubrange(part.elements, with: gradients)
      // Later stages must not need the weights of this one.
      for place in part.elements { weights[place] = BFloat16(.nan) }
    }
    #expect(other == loss)
    #expect(found == expected)
    let largest = layers.parts.map(\.elements.count).max() ?? 0
    #expect(memory.byteCount == 8 * largest)
  }

  @Test func `sees no character that is still to come`() {
    let layers = GPTLayers(shape)
    let model = GPT<Double>(layers, sequences: 1)
    let values: [Double] = layers.plan.initialValues(seed: 4)
    let first = model.probabilities(values, [1, 2, 3, 4], behind: 1)
    let second = model.probabilities(values, [1, 2, 0, 1], behind: 1)
    let other = model.probabilities(values, [1, 3, 0, 1], behind: 1)
    #expect(first == second)
    #expect(first != other)
    #expect(abs(first.reduce(0, +) - 1) < 1e-12)
  }

  @Test func `asks for decay of matrices alone`() {
    let tensors = GPTLayers(shape).plan.tensors
    #expect(tensors.count == 2 + 2 * 10 + 3)
    #expect(tensors.map(\.count).reduce(0, +) == GPTLayers(shape).plan.count)
    #expect(
      tensors.filter { $0.shape.count == 1 }.allSatisfy {
        $0.name.hasSuffix(".bias") || $0.name.hasSuffix(".gain")
      })
  }
}
