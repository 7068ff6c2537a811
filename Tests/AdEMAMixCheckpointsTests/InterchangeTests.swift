//===--- InterchangeTests.swift - runs of Python, gone on with ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import InterchangeProcess
import Testing

/// The fixtures are what scripts/interchange-test makes of runs of the
/// packages: a checkpoint before and one after some steps that Python took.
@Suite struct `A run that comes from Python` {
  @Test(arguments: doubles, StepEngine.allCases)
  func `goes on in Double as it would have there`(
    peer: String, engine: StepEngine
  ) throws {
    let slow = peer.hasPrefix("adamw") ? Double.infinity : 1e-12
    try check(
      peer, "Double", engine, as: Double.self, within: 1e-12, slow: slow)
  }

  @Test(arguments: doubles + ["bitsandbytes-warm-ups"], StepEngine.allCases)
  func `goes on in Float as it would have there`(
    peer: String, engine: StepEngine
  ) throws {
    // optax rounds beta3 to a Float before it takes 1 - beta3. AdamW has no
    // slow moment.
    let slow =
      peer.hasPrefix("adamw")
      ? Double.infinity : peer.hasPrefix("optax") ? 1e-5 : 1e-6
    try check(
      peer, "Float", engine, as: Float.self, within: 1e-6, slow: slow)
  }

  private static let doubles = [
    "adamw-stays-AdamW", "apple-beta1-0-warm-ups", "apple-warm-ups",
    "optax-mask-warm-ups", "pytorch_optimizer-warm-up",
  ]

  /// Differences are relative to the largest element of a tensor.
  private func check<Scalar: OptimizerScalar>(
    _ peer: String, _ type: String, _ engine: StepEngine, as _: Scalar.Type,
    within bound: Double, slow slowBound: Double
  ) throws {
    let folder = try #require(
      Bundle.module.url(forResource: "Interchange", withExtension: nil))
    func path(_ name: String) -> String {
      folder.appendingPathComponent("\(name).safetensors").path
    }
    var run = try LoadedRun<Scalar>(
      path("\(peer).\(type).before"), engine: engine)
    let expected = try LoadedRun<Scalar>(path("\(peer).\(type).after"))
    let steps = run.optimizer.stepCount..<expected.optimizer.stepCount
    #expect(steps.count == 15)
    try run.takeSteps(steps, of: path("problem.\(type)"))

    let layout = run.optimizer.layout
    let expectedLayout = expected.optimizer.layout
    #expect(layout == expectedLayout)
    let (found, wanted) = (run.tensors, expected.tensors)
    for tensor in layout.tensors {
      let actual = try #require(found[tensor.name])
      let truth = try #require(wanted[tensor.name])
      for (actual, truth) in zip(actual.quantities, truth.quantities) {
        let allowed = actual.name == "slow" ? slowBound : bound
        let difference = largestDifference(actual.elements, truth.elements)
        #expect(difference <= allowed, "\(tensor.name): \(actual.name)")
      }
    }
  }

  private func largestDifference<Scalar: OptimizerScalar>(
    _ actual: [Scalar], _ expected: [Scalar]
  ) -> Double {
    guard actual.count == expected.count else { return .infinity }
    let size = expected.map { Double($0.magnitude) }.max() ?? 1
    let differences = zip(actual, expected).map {
      abs(Double($0) - Double($1)) / size
    }
    return differences.max() ?? 0
  }
}
