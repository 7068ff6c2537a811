//===--- StructOfArrays.swift - a model that is a struct of arrays --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import ArgumentParser
import Foundation

/// A layer, or the gradient of the loss by it.
struct Dense: TensorTree {
  var weight: [Float]
  var bias: [Float]
  let inputs: Int

  init(_ inputs: Int, _ outputs: Int, scale: Float) {
    let bound = scale / Float(inputs).squareRoot()
    weight = (0..<inputs * outputs).map { _ in .random(in: -bound...bound) }
    bias = [Float](repeating: 0, count: outputs)
    self.inputs = inputs
  }

  mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
    visitor.visit("weight", &weight)
    visitor.visit("bias", &bias)
  }

  func outputs(_ x: [Float]) -> [Float] {
    var y = bias
    for i in 0..<inputs {
      for o in 0..<y.count { y[o] += x[i] * weight[i * y.count + o] }
    }
    return y
  }

  /// Adds to the gradient of the layer, and returns that of its inputs.
  func backward(_ dy: [Float], _ x: [Float], _ sum: inout Dense) -> [Float] {
    var dx = [Float](repeating: 0, count: inputs)
    for o in 0..<dy.count { sum.bias[o] += dy[o] }
    for i in 0..<inputs {
      for o in 0..<dy.count {
        sum.weight[i * dy.count + o] += x[i] * dy[o]
        dx[i] += weight[i * dy.count + o] * dy[o]
      }
    }
    return dx
  }
}

/// A model, or the gradient of the loss by it.
struct Network: TensorTree {
  var hidden: [Dense]
  var last: Dense

  init(scale: Float) {
    hidden = [Dense(64, 48, scale: scale), Dense(48, 48, scale: scale)]
    last = Dense(48, 10, scale: scale)
  }

  mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
    visitor.visit("hidden", &hidden)
    visitor.visit("last", &last)
  }

  /// The inputs of each layer, then the probability of each digit.
  func values(_ image: [Float]) -> [[Float]] {
    var values = [image]
    for (i, layer) in hidden.enumerated() {
      values.append(layer.outputs(values[i]).map { max(0, $0) })
    }
    let scores = last.outputs(values[hidden.count])
    let powers = scores.map { exp($0 - scores.reduce(-.infinity, max)) }
    return values + [powers.map { $0 / powers.reduce(0, +) }]
  }

  /// Adds to the gradient, and returns the loss.
  func backward(_ image: [Float], _ digit: Int, _ sum: inout Network) -> Float {
    let values = values(image)
    var dy = values[hidden.count + 1]
    dy[digit] -= 1
    dy = last.backward(dy, values[hidden.count], &sum.last)
    for (i, layer) in hidden.enumerated().reversed() {
      let passed = zip(dy, values[i + 1]).map { $1 > 0 ? $0 : 0 }
      dy = layer.backward(passed, values[i], &sum.hidden[i])
    }
    return -log(values[hidden.count + 1][digit])
  }
}

@main
struct StructOfArrays: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Learns handwritten digits: swift run -c release StructOfArrays")

  @Option(help: "A line for each image: a digit, then 64 pixels of 0 to g.")
  var images = "Sources/Digits/Images/digits.txt"
  @Option(help: "The step to train to.") var steps = 1000
  @Option(help: "The images of a step.") var batch = 32
  @Option(help: "A file to go on from if it exists, and to save at the end.")
  var checkpoint: String?

  func run() throws {
    let text = try String(contentsOfFile: images, encoding: .utf8)
    let all = text.split(separator: "\n").map { line in
      let numbers = line.compactMap { Int(String($0), radix: 17) }
      return (digit: numbers[0], pixels: numbers[1...].map { Float($0) / 16 })
    }
    let trainingCount = all.count * 4 / 5
    guard steps > 0, batch > 0, trainingCount > 0 else {
      throw ValidationError("--steps, --batch or the images are too few.")
    }

    var model = Network(scale: 1)
    var settings = Hyperparameters(
      learningRate: .linear(from: 3e-3, to: 0, over: steps), beta3: 0.999)
    let biases = ParameterGroup("biases", settings)
    settings.weightDecay = 0.1
    let weights = ParameterGroup("weights", settings)
    let layout = try ParameterLayout(TensorSpec.all(in: model)) {
      $0.name.hasSuffix("bias") ? biases : weights
    }
    var optimizer = try AdEMAMix<Float>(layout)
    if let checkpoint, FileManager.default.fileExists(atPath: checkpoint) {
      try optimizer.load(
        from: checkpoint, parameters: &model, keeping: .hyperparameters)
      print("Goes on from step \(optimizer.stepCount)")
    }
    let zeros = Network(scale: 0)
    while optimizer.stepCount < steps {
      let step = optimizer.stepCount
      var (gradient, loss) = (zeros, Float(0))
      for row in 0..<batch {
        let image = all[(step * batch + row) % trainingCount]
        loss += model.backward(image.pixels, image.digit, &gradient)
      }
      try optimizer.step(
        &model, gradients: gradient, gradientScale: 1 / Double(batch))
      if step % 100 == 0 { print("Step \(step): loss \(loss / Float(batch))") }
    }
    if let checkpoint { try optimizer.save(to: checkpoint, parameters: model) }

    let test = all[trainingCount...]
    let guesses = test.map { (model.values($0.pixels).last ?? [], $0.digit) }
    let right = guesses.count { $0[$1] == $0.max() }
    print("Test: \(100 * right / test.count) % of \(test.count) images right")
  }
}
