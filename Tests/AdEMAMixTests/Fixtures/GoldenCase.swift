//===--- GoldenCase.swift - a trajectory from outside this library --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation

/// Hyperparameters as the fixtures write them.
struct FixtureHyperparameters: Decodable {
  let hyperparameters: Hyperparameters

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    func number(_ field: Field) throws -> Double {
      try fields.decode(Double.self, forKey: field)
    }
    func schedule(_ field: Field) throws -> HyperparameterSchedule {
      try fields.decode(FixtureSchedule.self, forKey: field).schedule
    }
    // The simplified form has no slow average.
    hyperparameters =
      fields.contains(.beta3)
      ? Hyperparameters(
        learningRate: try schedule(.learningRate), beta1: try number(.beta1),
        beta2: try number(.beta2), beta3: try schedule(.beta3),
        alpha: try schedule(.alpha), epsilon: try number(.epsilon),
        epsilonRoot: try number(.epsilonRoot),
        weightDecay: try schedule(.weightDecay))
      : .simplified(
        learningRate: try schedule(.learningRate), beta1: try schedule(.beta1),
        beta2: try number(.beta2), alpha: try schedule(.alpha),
        epsilon: try number(.epsilon), epsilonRoot: try number(.epsilonRoot),
        weightDecay: try schedule(.weightDecay))
  }

  private enum Field: String, CodingKey {
    case learningRate, beta1, beta2, beta3, alpha, epsilon, epsilonRoot
    case weightDecay
  }
}

/// A trajectory that `scripts/golden` computed: by the equations in NumPy
/// float64, and by optax in float32 and float64.
struct GoldenCase: Decodable {
  /// One value for each recorded step.
  struct Trajectory<Scalar: BitwiseCopyable>: Decodable {
    let parameters, m1, m2, nu: [Numbers<Scalar>]
  }

  let name: String
  let clock: StepClock
  let hyperparameters: FixtureHyperparameters
  let tensorSizes: [Int]
  /// Whether each tensor is decayed: the reference's mask.
  let decayed: [Bool]
  let steps: Int
  let recordedSteps: [Int]
  let initialParameters: Numbers<Float>
  let gradients: Numbers<Float>
  let expected: Trajectory<Double>
  let optaxFloat64Parameters: [Numbers<Double>]?
  let optaxFloat32: Trajectory<Float>

  static let names = [
    "defaults", "beta1-zero", "alpha-zero", "epsilon-root", "decay-mask",
    "special-gradients", "rate-linear", "rate-polynomial", "rate-cosine-decay",
    "rate-exponential-decay", "rate-warmup-cosine", "rate-warmup-stable-decay",
    "rate-piecewise-constant", "rate-joined", "alpha-and-decay-scheduled",
    "paper-from-zero", "paper-from-one", "paper-beta1-zero", "long",
    "long-paper",
  ]

  static func named(_ name: String) throws -> GoldenCase {
    try decodeFixture(name)
  }

  /// The tensors, in a group that is decayed and one that is not.
  func layout() throws -> ParameterLayout {
    let hyperparameters = hyperparameters.hyperparameters
    let masked = hyperparameters.with(\.weightDecay, 0)
    let tensors = tensorSizes.enumerated().map {
      TensorSpec("\($0)", count: $1)
    }
    return try ParameterLayout(tensors) {
      decayed[Int($0.name) ?? 0]
        ? ParameterGroup("decayed", hyperparameters)
        : ParameterGroup("masked", masked)
    }
  }
}

/// Numbers stored as the base64 of their little-endian bytes.
struct Numbers<Scalar: BitwiseCopyable>: Decodable {
  let values: [Scalar]

  init(from decoder: any Decoder) throws {
    let data = try decoder.singleValueContainer().decode(Data.self)
    values = unsafe data.withUnsafeBytes {
      unsafe Array($0.bindMemory(to: Scalar.self))
    }
  }
}

/// The folder of fixtures that scripts/golden has written with other random
/// numbers.
let otherGoldenFolder = ProcessInfo.processInfo.environment["GOLDEN_FOLDER"]

/// Reads a file of the golden fixtures.
func decodeFixture<Value: Decodable>(
  _ name: String, as _: Value.Type = Value.self
) throws -> Value {
  let url =
    otherGoldenFolder.map { URL(fileURLWithPath: "\($0)/\(name).json") }
    ?? Bundle.module.url(
      forResource: name, withExtension: "json", subdirectory: "Golden")
  guard let url else { throw CocoaError(.fileNoSuchFile) }
  return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
}
