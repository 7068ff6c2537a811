//===--- EngineAgreementTests.swift - all engines compute the same step ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

/// Element counts around the ends of vectors, blocks and tiles.
private let awkwardCounts = [
  1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129,
  255, 256, 257, 383, 384, 385, 511, 512, 513, 767, 768, 769, 2000,
]

@Suite struct `Engines` {
  @Test(arguments: awkwardCounts)
  func `agree at every count`(count: Int) throws {
    // Bounds of the rounding error of 40 steps.
    try expectAgreement(count, Float.self, tolerance: 4e-6)
    try expectAgreement(count, Double.self, tolerance: 1e-14)
  }

  private func expectAgreement<Scalar: OptimizerScalar>(
    _ count: Int, _: Scalar.Type, tolerance: Scalar
  ) throws {
    for beta1 in [0, 0.8] {
      let scenario = Scenario.steps(40, sizes: [count], beta1: beta1)
      let reference = try scenario.computed(engine: .reference)
        .run(of: Scalar.self)
      let expected = reference.optimizer.copyMoments()[0]
      for engine in [StepEngine.blas, .fused] {
        let run = try scenario.computed(engine: engine).run(of: Scalar.self)
        let moments = run.optimizer.copyMoments()[0]
        for (name, actual, expected) in [
          ("parameters", run.parameters, reference.parameters),
          ("fast moment", moments.fast, expected.fast),
          ("slow moment", moments.slow, expected.slow),
          ("second moment", moments.second, expected.second),
        ] {
          let error = largestDifference(actual, expected)
          #expect(error <= tolerance, "\(name) of \(engine), beta1 \(beta1)")
        }
      }
    }
  }

  private func largestDifference<Scalar: OptimizerScalar>(
    _ left: [Scalar], _ right: [Scalar]
  ) -> Scalar {
    guard left.count == right.count else { return .infinity }
    return zip(left, right).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test(arguments: awkwardCounts)
  func `give the same bits with every instruction set, fused`(count: Int) throws
  {
    try expectSameBits(count, Float.self, .fused)
    try expectSameBits(count, Double.self, .fused)
  }

  @Test(arguments: awkwardCounts)
  func `give the same bits with every instruction set, through BLAS`(
    count: Int
  ) throws {
    try expectSameBits(count, Float.self, .blas)
    try expectSameBits(count, Double.self, .blas)
  }

  private func expectSameBits<Scalar: OptimizerScalar>(
    _ count: Int, _: Scalar.Type, _ engine: StepEngine
  ) throws {
    for beta1 in [0, 0.8] {
      let scenario = Scenario.steps(
        40, sizes: [count], beta1: beta1, engine: engine)
      let baseline = try scenario.computed(instructionSet: .baseline)
        .run(of: Scalar.self).bits
      for set in InstructionSet.available {
        let bits = try scenario.computed(instructionSet: set)
          .run(of: Scalar.self).bits
        #expect(bits == baseline, "\(set)")
      }
    }
  }
}
