//===--- InterchangeProcess.swift - the Swift leg of a round trip ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

// Run by scripts/interchange-test:
//
//     InterchangeProcess continue IN OUT PROBLEM FIRST COUNT
//         goes on with the checkpoint IN for COUNT steps, from the step of the
//         number FIRST on, and saves OUT
//     InterchangeProcess same A B
//         fails unless moments and parameters have the same bits
//     InterchangeProcess example OUT F32|F64|stored
//         saves a checkpoint that uses much of the format. With `stored`, the
//         checkpoint is of Float, with moments in fewer bits

import AdEMAMix
import AdEMAMixCheckpoints
import Glibc
import SafeTensors
import TestSupport

@main struct InterchangeProcess {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("continue", 6):
      guard let first = Int(arguments[4]), let count = Int(arguments[5]) else {
        exit(64)
      }
      let steps = first..<(first + count)
      if try isDouble(arguments[1]) {
        try Double.go(on: arguments[1], arguments[2], arguments[3], steps)
      } else {
        try Float.go(on: arguments[1], arguments[2], arguments[3], steps)
      }
    case ("same", 3):
      let same =
        try isDouble(arguments[1])
        ? Double.areSame(arguments[1], arguments[2])
        : Float.areSame(arguments[1], arguments[2])
      exit(same ? 0 : 1)
    case ("example", 3):
      switch arguments[2] {
      case "F64": try Double.saveExample(to: arguments[1])
      case "stored": try saveStoredExample(to: arguments[1])
      default: try Float.saveExample(to: arguments[1])
      }
    default:
      exit(64)
    }
  }

  /// Saves an optimizer whose moments have each format and each code, blocks of
  /// elements next to 0, and elements that are not finite.
  private static func saveStoredExample(to path: String) throws {
    let storages: [MomentStorage] = [
      .compact, .minimal,
      MomentStorage(fast: .blockInt16, slow: .bfloat16, second: .blockInt16),
      MomentStorage(fast: .blockInt8, slow: .blockInt16, second: .blockInt8),
      MomentStorage(fast: .blockFloat16),
    ]
    let count = 70_000
    var optimizer = try AdEMAMix<Float>(
      storages.enumerated().map { index, storage in
        ParameterGroup(
          "group \(index)",
          tensors: [
            TensorSpec("\(index).wide", shape: [2, count / 2]),
            TensorSpec("\(index).small", count: 300),
            TensorSpec("\(index).one", shape: []),
          ], Hyperparameters(learningRate: 0.01), storage: storage)
      }, engine: .fused)
    let all = storages.count * (count + 301)
    var parameters = [Float](repeating: 1, count: all)
    for step in 0..<3 {
      var gradients = (0..<all).map { index in
        let part = index % (count + 301)
        // Half of the blocks have numbers of all magnitudes, half of one.
        let size: Float =
          part >= count + 300
          ? 1e-30
          : part >= count
            ? 1e-17 : part & 256 == 0 ? Float(part % 251) / 251 : 1
        return Float((part &* 7919 + step) % 65_521 - 32_760) / 32_760 * size
      }
      if step == 1 {
        for group in storages.indices {
          gradients[group * (count + 301) + 1000] = .nan
        }
      }
      try optimizer.step(&parameters, gradients: gradients)
    }
    try optimizer.save(to: path, parameters: parameters)
  }

  private static func isDouble(_ path: String) throws -> Bool {
    try SafeTensorsReader(path: path).metadata["ademamix.scalar"] == "F64"
  }
}

extension OptimizerScalar {
  /// Goes on with a checkpoint for some steps, and saves the result.
  fileprivate static func go(
    on path: String, _ result: String, _ problem: String, _ steps: Range<Int>
  ) throws {
    var run = try LoadedRun<Self>(path)
    try run.takeSteps(steps, of: problem)
    try run.optimizer.save(to: result, parameters: run.parameters)
  }

  /// Whether two checkpoints stand for the same moments and parameters.
  fileprivate static func areSame(
    _ first: String, _ second: String
  ) throws -> Bool {
    let a = try LoadedRun<Self>(first).tensors
    let b = try LoadedRun<Self>(second).tensors
    return a.count == b.count
      && a.allSatisfy { name, state in
        b[name].map { state.isIdentical(to: $0) } ?? false
      }
  }

  /// Saves an optimizer in the middle of its warm-up, with moments whose scales
  /// are not 1 and tensors that lie in another order than their groups.
  fileprivate static func saveExample(to path: String) throws {
    let hyperparameters = Hyperparameters(
      learningRate: 0.01, beta2: 0.99, weightDecay: 0.1
    ).warmingUp(alpha: 4, beta3: 0.999, over: 40)
    let decayed = ParameterGroup("decayed", hyperparameters)
    let plain = ParameterGroup("plain", hyperparameters.with(\.weightDecay, 0))
    let layout = try ParameterLayout([
      TensorSpec("first/weight", shape: [3, 4]),
      TensorSpec("first.bias", shape: [3]),
      TensorSpec("scale", shape: []), TensorSpec("none", shape: [2, 0]),
      TensorSpec("\u{e9}\"", shape: [2, 1, 2]),
    ]) { $0.shape.count > 1 ? decayed : plain }
    var optimizer = try AdEMAMix<Self>(layout, clock: .fromOne)
    optimizer.options.clipping = .globalNorm(.infinity)
    var parameters = (0..<layout.count).map { Self($0) / 7 - 1 }
    for step in 0..<20 {
      let gradients = smallIntegers(parameters.count, call: step).map {
        Self($0) / 7 - 0.6
      }
      try optimizer.step(&parameters, gradients: gradients)
    }
    try optimizer.save(to: path, parameters: parameters)
  }
}
