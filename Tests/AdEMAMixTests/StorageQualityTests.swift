//===--- StorageQualityTests.swift - what fewer bits cost in the end ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import TestSupport
import Testing

/// A smaller form of the study that scripts/storage makes.
@Suite struct `Moments in fewer bits, after 2 000 steps` {
  /// Relative errors, from those measured: some 1.5 times as much.
  struct Bounds {
    let storage: MomentStorage
    let noise: Double
    let fast, slow, second, parameters: Double
  }

  @Test(arguments: [
    Bounds(
      storage: .compactOfVersion2, noise: 0,
      fast: 0.0056, slow: 5.4e-5, second: 0.0003, parameters: 0.0021),
    Bounds(
      storage: .compactOfVersion2, noise: 0.1,
      fast: 0.0061, slow: 0.00065, second: 0.0035, parameters: 0.011),
    Bounds(
      storage: .compactOfVersion2, noise: 1,
      fast: 0.0066, slow: 0.00063, second: 0.0045, parameters: 0.012),
    Bounds(
      storage: .minimalOfVersion2, noise: 0,
      fast: 0.012, slow: 5.4e-5, second: 0.013, parameters: 0.0034),
    Bounds(
      storage: .minimalOfVersion2, noise: 0.1,
      fast: 0.023, slow: 0.00065, second: 0.071, parameters: 0.031),
    Bounds(
      storage: .minimalOfVersion2, noise: 1,
      fast: 0.025, slow: 0.00063, second: 0.136, parameters: 0.039),
    Bounds(
      storage: .compact, noise: 0,
      fast: 0.0056, slow: 0.00022, second: 0.0003, parameters: 0.0003),
    Bounds(
      storage: .compact, noise: 0.1,
      fast: 0.0061, slow: 0.0034, second: 0.0035, parameters: 0.0012),
    Bounds(
      storage: .compact, noise: 1,
      fast: 0.0066, slow: 0.0038, second: 0.0045, parameters: 0.0012),
    Bounds(
      storage: .minimal, noise: 0,
      fast: 0.052, slow: 0.00022, second: 0.053, parameters: 0.011),
    Bounds(
      storage: .minimal, noise: 0.1,
      fast: 0.095, slow: 0.0034, second: 0.127, parameters: 0.068),
    Bounds(
      storage: .minimal, noise: 1,
      fast: 0.1, slow: 0.0038, second: 0.29, parameters: 0.086),
  ])
  func `are close to those of Double`(bounds: Bounds) throws {
    let gradients = Gradients(noise: bounds.noise)
    let actual = try gradients.outcome(bounds.storage, as: Float.self)
    let truth = try gradients.outcome(.full, as: Double.self)
    for (name, mine, expected, bound) in [
      ("m1", actual.fast, truth.fast, bounds.fast),
      ("m2", actual.slow, truth.slow, bounds.slow),
      ("ν", actual.second, truth.second, bounds.second),
      ("θ", actual.parameters, truth.parameters, bounds.parameters),
    ] {
      let distance = relativeDistance(mine, expected.map { Float($0) })
      #expect(distance < bound, "\(name)")
    }
  }

  @Test(arguments: [0, 0.1])
  func `go on where rounding to the nearest stops`(noise: Double) throws {
    let gradients = Gradients(noise: noise)
    let storage = MomentStorage(slow: .bfloat16)
    let actual = try gradients.outcome(storage, as: Float.self).slow
    let exact = try gradients.outcome(.full, as: Double.self).slow
    let truth = exact.map { Float($0) }
    var nearest = [Float](repeating: 0, count: Gradients.count)
    for step in 0..<Gradients.steps {
      for (index, gradient) in gradients[step].enumerated() {
        nearest[index] += 1e-4 * (Float(gradient) - nearest[index])
        nearest[index] = Float(BFloat16(nearest[index]))
      }
    }
    #expect(
      relativeDistance(actual, truth) < 0.1 * relativeDistance(nearest, truth))
  }
}

/// The gradients of all steps: around means of three decades and both signs.
private struct Gradients {
  static let steps = 2_000
  /// Four blocks.
  static let count = 1_024
  private let rows: [[Double]]

  init(noise: Double) {
    var random = RandomNumbers(seed: 29)
    let means = (0..<Self.count).map { index in
      let size = pow(10, -3 * Double(index) / Double(Self.count))
      return random.next() & 1 == 0 ? size : -size
    }
    rows = (0..<Self.steps).map { _ in
      // Three uniform numbers have a variance of 1 together.
      let noises: [[Double]] = (0..<3).map { _ in random.numbers(Self.count) }
      return means.indices.map { index in
        means[index] + noise * noises.reduce(0) { $0 + $1[index] }
      }
    }
  }

  subscript(step: Int) -> [Double] { rows[step] }

  struct Outcome<Scalar> {
    let fast, slow, second, parameters: [Scalar]
  }

  func outcome<Scalar: OptimizerScalar>(
    _ storage: MomentStorage, as _: Scalar.Type
  ) throws -> Outcome<Scalar> {
    var parameters = [Scalar](repeating: 0, count: Self.count)
    var optimizer = try AdEMAMix<Scalar>(
      [
        ParameterGroup(
          "g", sizes: [Self.count], Hyperparameters(learningRate: 1e-4),
          storage: storage)
      ], engine: .fused)
    for row in rows {
      // Of the same Floats in both types.
      try optimizer.step(&parameters, gradients: row.map { Scalar(Float($0)) })
    }
    let moments = optimizer.copyMoments()[0]
    return Outcome(
      fast: moments.fast, slow: moments.slow, second: moments.second,
      parameters: parameters)
  }
}
