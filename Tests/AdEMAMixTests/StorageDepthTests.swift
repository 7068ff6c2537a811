//===--- StorageDepthTests.swift - small elements in blocks of large ones -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import TestSupport
import Testing

/// A smaller form of the table of scripts/storage-formats: blocks whose rows of
/// 16 elements have gradients 0 to 15 octaves below the largest.
@Suite struct `Elements far below the largest of their block` {
  private static let count = 1_024
  private static let steps = 2_000

  enum Noise: CaseIterable {
    case none, white
  }

  private struct Outcome {
    var slow: [Double]
    var distance: [Double]
  }

  private static func octave(_ index: Int) -> Int { index / 16 % 16 }

  private func outcome<Scalar: OptimizerScalar>(
    _ noise: Noise, _ storage: MomentStorage, as _: Scalar.Type
  ) throws -> Outcome {
    var random = RandomNumbers(seed: 41)
    let means = (0..<Self.count).map { index in
      let sign: Float = random.next() & 1 == 0 ? 1 : -1
      let size = 1 - Float(random.next() >> 40) / 0x1p25
      return sign * size * pow(2, -Float(Self.octave(index)))
    }
    var optimizer = try AdEMAMix<Scalar>(
      [
        ParameterGroup(
          "g", sizes: [Self.count], Hyperparameters(learningRate: 1e-4),
          storage: storage)
      ], engine: .fused)
    var parameters = [Scalar](repeating: 0, count: Self.count)
    for _ in 0..<Self.steps {
      let gradients: [Float]
      switch noise {
      case .none: gradients = means
      case .white:
        // Three uniform numbers have a variance of 1 together.
        let noises: [[Float]] = (0..<3).map { _ in random.numbers(Self.count) }
        gradients = means.indices.map { index in
          means[index] * noises.reduce(0) { $0 + $1[index] }
        }
      }
      try optimizer.step(&parameters, gradients: gradients.map { Scalar($0) })
    }
    return Outcome(
      slow: optimizer.copyMoments()[0].slow.map { Double($0) },
      distance: parameters.map { Double($0) })
  }

  private func error(
    _ actual: [Double], _ truth: [Double], octave: Int
  ) -> Double {
    let indices = actual.indices.filter { Self.octave($0) == octave }
    return relativeDistance(
      indices.map { Float(actual[$0]) }, indices.map { Float(truth[$0]) })
  }

  /// The bounds of 10,000 steps hold after 2,000 too.
  @Test(arguments: Noise.allCases)
  func `are as exact as it in compact storage`(noise: Noise) throws {
    let actual = try outcome(noise, .compact, as: Float.self)
    let truth = try outcome(noise, .full, as: Double.self)
    for octave in 0..<16 {
      let bound = octave > 12 ? 0.05 : 0.02
      for (name, mine, expected) in [
        ("m2", actual.slow, truth.slow),
        ("distance", actual.distance, truth.distance),
      ] {
        let distance = error(mine, expected, octave: octave)
        #expect(distance < bound, "\(name) at \(octave) octaves")
      }
    }
  }

  @Test(arguments: Noise.allCases)
  func `keep their way in minimal storage`(noise: Noise) throws {
    let actual = try outcome(noise, .minimal, as: Float.self)
    let truth = try outcome(noise, .full, as: Double.self)
    for octave in 0..<16 {
      let slow = error(actual.slow, truth.slow, octave: octave)
      #expect(slow < (octave > 12 ? 0.05 : 0.02), "m2 at \(octave) octaves")
      let distance = error(actual.distance, truth.distance, octave: octave)
      #expect(distance < (octave > 12 ? 0.2 : 0.12), "\(octave) octaves")
    }
  }

  /// One gradient, as of a frequent row among rare ones.
  @Test(arguments: [MomentStorage.compact, .minimal], [Float(1e5), 1e6])
  func `go the same way beside an outlier`(
    storage: MomentStorage, outlier: Float
  ) throws {
    func way(_ storage: MomentStorage) throws -> [Float] {
      var random = RandomNumbers(seed: 8)
      var optimizer = try AdEMAMix<Float>(
        [
          ParameterGroup(
            "g", sizes: [256], Hyperparameters(learningRate: 1e-3),
            storage: storage)
        ], engine: .fused)
      var parameters = [Float](repeating: 0, count: 256)
      for step in 0..<1_000 {
        var gradients: [Float] = random.numbers(256).map { 1 + $0 }
        if step == 500 { gradients[7] *= outlier }
        try optimizer.step(&parameters, gradients: gradients)
      }
      parameters.remove(at: 7)
      return parameters
    }
    let distance = relativeDistance(try way(storage), try way(.full))
    // Some 1.5 times what was measured.
    #expect(distance < (storage == .compact ? 1e-3 : 0.09))
  }
}
