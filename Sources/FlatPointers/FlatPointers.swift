//===--- FlatPointers.swift - a training loop on two allocations ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import ArgumentParser
import Foundation

typealias Buffer = UnsafeMutableBufferPointer<Float>
typealias Floats = UnsafeMutablePointer<Float>

/// The characters that the model sees, its hidden units, and those of ASCII.
let context = 8
let hidden = 128
let characters = 128

@main
struct FlatPointers: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Learns to write, as in C: swift run -c release FlatPointers")

  @Option(help: "The text, in ASCII.")
  var text = "Sources/LanguageModel/Text/new-testament.txt"
  @Option(help: "The step to train to.") var steps = 2000
  @Option(help: "The guesses of a step.") var batch = 64
  @Option(help: "A file to go on from if it exists, and to save at the end.")
  var checkpoint: String?

  func run() throws {
    let tokens = try Data(contentsOf: URL(filePath: text)).map { Int($0 & 127) }
    let end = tokens.count * 9 / 10  // The rest is for the test.
    guard steps > 0, batch > 0, tokens.count > 20 * context else {
      throw ValidationError("--steps, --batch or the text is too small.")
    }

    var optimizer = try AdEMAMix<Float>([
      ParameterGroup(
        "all",
        tensors: [
          TensorSpec("table", shape: [context, characters, hidden]),
          TensorSpec("weight", shape: [hidden, characters]),
          TensorSpec("bias", shape: [characters]),
        ],
        Hyperparameters(
          learningRate: .linear(from: 3e-3, to: 0, over: steps), beta3: 0.999))
    ])
    // The layout says where in an allocation each tensor lies.
    let layout = optimizer.layout
    let (values, slopes) = (zeros(layout.count), zeros(layout.count))
    let h = zeros(2 * (hidden + characters))
    defer { [values, slopes, h].forEach { $0.deallocate() } }
    var parameters = Buffer(start: values, count: layout.count)
    var gradients = Buffer(start: slopes, count: layout.count)
    let p = layout.tensors.map { values + $0.range.lowerBound }
    let g = layout.tensors.map { slopes + $0.range.lowerBound }
    let (dh, y) = (h + hidden, h + 2 * hidden)
    let dy = y + characters
    for i in 0..<p[2] - values { values[i] = .random(in: -0.1...0.1) }
    if let checkpoint, FileManager.default.fileExists(atPath: checkpoint) {
      try optimizer.load(
        from: checkpoint, parameters: &parameters, keeping: .hyperparameters)
      print("Goes on from step \(optimizer.stepCount)")
    }
    func forward(_ start: Int) -> Float {
      lookUp(h, p[0], tokens[start..<start + context])
      multiply(y, h, p[1], p[2])
      return crossEntropy(y, dy, tokens[start + context])
    }
    while optimizer.stepCount < steps {
      let step = optimizer.stepCount
      var loss: Float = 0
      for row in 0..<batch {
        // Strides of a prime number, so that all places have their turn.
        let start = (step * batch + row) * 7919 % (end - context)
        loss += forward(start)
        multiplyBackward(dh, g[1], g[2], dy, h, p[1])
        lookUpBackward(g[0], dh, h, tokens[start..<start + context])
      }
      try optimizer.step(
        &parameters, clearing: &gradients, gradientScale: 1 / Double(batch))
      if step % 200 == 0 { print("Step \(step): \(loss / Float(batch)) bits") }
    }
    if let path = checkpoint {
      try optimizer.save(to: path, parameters: parameters)
    }
    let starts = Array(stride(from: end, to: tokens.count - context, by: 47))
    let loss = starts.reduce(0) { $0 + forward($1) } / Float(starts.count)
    print("Test: \(loss) bits per character")
  }
}

func zeros(_ count: Int) -> Floats {
  let memory = Floats.allocate(capacity: count)
  memory.initialize(repeating: 0, count: count)
  return memory
}

/// The tanh of a sum of rows of the table, one for each character seen.
func lookUp(_ h: Floats, _ table: Floats, _ seen: ArraySlice<Int>) {
  h.update(repeating: 0, count: hidden)
  for (place, token) in seen.enumerated() {
    let row = table + (place * characters + token) * hidden
    for i in 0..<hidden { h[i] += row[i] }
  }
  for i in 0..<hidden { h[i] = tanh(h[i]) }
}

func lookUpBackward(
  _ dTable: Floats, _ dh: Floats, _ h: Floats, _ seen: ArraySlice<Int>
) {
  for (place, token) in seen.enumerated() {
    let row = dTable + (place * characters + token) * hidden
    for i in 0..<hidden { row[i] += dh[i] * (1 - h[i] * h[i]) }
  }
}

func multiply(_ y: Floats, _ h: Floats, _ weight: Floats, _ bias: Floats) {
  y.update(from: bias, count: characters)
  for i in 0..<hidden {
    for o in 0..<characters { y[o] += h[i] * weight[i * characters + o] }
  }
}

func multiplyBackward(
  _ dh: Floats, _ dWeight: Floats, _ dBias: Floats, _ dy: Floats, _ h: Floats,
  _ weight: Floats
) {
  for o in 0..<characters { dBias[o] += dy[o] }
  for i in 0..<hidden {
    dh[i] = 0
    for o in 0..<characters {
      dWeight[i * characters + o] += h[i] * dy[o]
      dh[i] += weight[i * characters + o] * dy[o]
    }
  }
}

/// The loss of a guess in bits. Its gradient in `dy` is that of nats.
func crossEntropy(_ y: Floats, _ dy: Floats, _ target: Int) -> Float {
  let largest = (0..<characters).reduce(-.infinity) { max($0, y[$1]) }
  for o in 0..<characters { dy[o] = exp(y[o] - largest) }
  let sum = (0..<characters).reduce(0) { $0 + dy[$1] }
  for o in 0..<characters { dy[o] /= sum }
  defer { dy[target] -= 1 }
  return -log2(dy[target])
}
