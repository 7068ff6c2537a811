//===--- StorageProcess.swift - the library's part in a study -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

// Run by scripts/storage:
//
//     StorageProcess IN OUT
//         takes a step from parameters 0 for each row of the tensor `gradients`
//         of IN, whose metadata has the hyperparameters, once with each
//         storage; writes the tensors `compact/m1` and so on

import AdEMAMix
import Glibc
import SafeTensors

private let storages: [(name: String, storage: MomentStorage)] =
  [
    ("full", .full), ("compact", .compact), ("minimal", .minimal),
    (
      "compact of version 2",
      MomentStorage(fast: .bfloat16, slow: .blockInt16, second: .blockInt16)
    ),
    (
      "minimal of version 2",
      MomentStorage(fast: .blockInt8, slow: .blockInt16, second: .blockInt8)
    ),
  ]
  + [MomentFormat.bfloat16, .blockInt16, .blockFloat16].map {
    ($0.rawValue, MomentStorage(fast: $0, slow: $0, second: $0))
  }

@main struct StorageProcess {
  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let input = arguments.first, let output = arguments.last,
      arguments.count == 2
    else { exit(64) }
    let study = try Study(path: input)
    let results = try storages.flatMap { name, storage in
      try study.outcome(storage).map { ("\(name)/\($0)", $1) }
    }
    var file = try SafeTensorsWriter(
      path: output,
      tensors: results.map { name, elements in
        TensorDescription(name, .float32, shape: [elements.count])
      })
    for (name, elements) in results {
      try unsafe file.append(elements.span.bytes, to: name)
    }
    try file.finish()
  }
}

/// Gradients, and what to make of them.
private struct Study {
  private let hyperparameters: Hyperparameters
  /// Row by row.
  private var gradients: [Float]
  private let count: Int

  init(path: String) throws {
    let file = try SafeTensorsReader(path: path)
    func number(_ key: String) throws -> Double {
      guard let number = file.metadata[key].flatMap(Double.init) else {
        throw StudyError.noNumber(key: key)
      }
      return number
    }
    hyperparameters = try Hyperparameters(
      learningRate: .constant(number("learningRate")), beta1: number("beta1"),
      beta2: number("beta2"), beta3: .constant(number("beta3")),
      alpha: .constant(number("alpha")), epsilon: number("epsilon"))
    guard let shape = file.tensor("gradients")?.shape, shape.count == 2 else {
      throw StudyError.noMatrix("gradients")
    }
    count = shape[1]
    gradients = Array(repeating: 0, count: shape[0] * shape[1])
    var span = gradients.mutableSpan
    try unsafe file.read("gradients", into: span.mutableBytes)
  }

  /// The state after the last step.
  func outcome(
    _ storage: MomentStorage
  ) throws -> [(name: String, elements: [Float])] {
    var parameters = [Float](repeating: 0, count: count)
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "parameters", sizes: [count], hyperparameters, storage: storage)
      ], engine: .fused)
    for start in stride(from: 0, to: gradients.count, by: count) {
      try optimizer.step(
        parameters.mutableSpan,
        gradients: gradients.span.extracting(start..<start + count))
    }
    let moments = optimizer.copyMoments()[0]
    return [
      ("m1", moments.fast), ("m2", moments.slow), ("nu", moments.second),
      ("parameters", parameters),
    ]
  }
}

/// A number or a matrix that a file lacks.
private enum StudyError: Error {
  case noNumber(key: String)
  case noMatrix(String)
}
