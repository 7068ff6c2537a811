//===--- CombinedOptionsTests.swift - everything at once, at random -------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import Testing

/// A failure prints its seed. To run that one alone:
///
///     ADEMAMIX_SEEDS=17 swift test --filter CombinedOptionsTests
///
/// `ADEMAMIX_SEEDS=1-10000` runs many more than usual.
private let seeds: ClosedRange<UInt64> = {
  let bounds = (ProcessInfo.processInfo.environment["ADEMAMIX_SEEDS"] ?? "")
    .split(separator: "-").compactMap { UInt64($0) }
  guard let first = bounds.first, let last = bounds.last else {
    #if DEBUG
    return 1...20
    #else
    return 1...300
    #endif
  }
  return first...max(first, last)
}()

@Suite struct `All options together` {
  /// Ten times what 2000 seeds stay within; in Double most of that is 1-βᵗ of
  /// the reference. Scripts are such that no difference grows: each is relative
  /// to the largest element, gradients are not near 0, and no sign that decides
  /// about a masked element is left to rounding.
  @Test(arguments: seeds)
  func `do what the documentation says`(seed: UInt64) throws {
    try expectAgreement(seed, Double.self, tolerance: 1e-12)
    try expectAgreement(seed, Float.self, tolerance: 1e-5)
  }

  private func expectAgreement<Scalar: OptimizerScalar>(
    _ seed: UInt64, _: Scalar.Type, tolerance: Double
  ) throws {
    let script = try CombinedScript(seed: seed)
    var run = try CombinedRun<Scalar>(script, tolerance: tolerance)
    for (index, event) in script.events.enumerated() {
      let mismatch = try run.mismatch(after: event)
      #expect(mismatch == nil, "\(Scalar.self), event \(index) of \(script)")
      if mismatch != nil { return }
    }
  }

  @Test(arguments: seeds.filter { $0 % 5 == 0 || seeds.count == 1 })
  func `give the same bits however they are computed`(seed: UInt64) throws {
    try expectSameBits(seed, Double.self)
    try expectSameBits(seed, Float.self)
  }

  private func expectSameBits<Scalar: OptimizerScalar>(
    _ seed: UInt64, _: Scalar.Type
  ) throws {
    let script = try CombinedScript(seed: seed)
    var plain = CombinedTrace<Scalar>(script)
    plain.measures = false
    let expected = try plain.outcome()
    var measured = plain
    measured.measures = true
    let expectedMeasured = try measured.outcome()
    // Compared here: listing what differs in so many takes minutes.
    let changesNothing =
      expectedMeasured.words == expected.words
      && expectedMeasured.texts == expected.texts
    #expect(changesNothing, "\(Scalar.self), diagnostics of \(script)")
    var variants: [CombinedTrace<Scalar>] = []
    for threads in 1...4 { variants.append(measured.with(\.threads, threads)) }
    for shape in CallShape.allCases {
      variants.append(measured.with(\.shape, shape))
    }
    for instructionSet in InstructionSet.available {
      variants.append(measured.with(\.instructionSet, instructionSet))
    }
    for variant in variants {
      let isEqual = try variant.outcome() == expectedMeasured
      #expect(isEqual, "\(Scalar.self), \(variant.settings) of \(script)")
      if !isEqual { return }
    }
  }
}
