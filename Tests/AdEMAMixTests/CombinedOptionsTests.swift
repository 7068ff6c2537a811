//===--- CombinedOptionsTests.swift - everything at once, at random -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import TestSupport
import Testing

/// A failure prints the shortest scenario that fails. To run a seed alone:
///
///     ADEMAMIX_SEEDS=17 swift test --filter CombinedOptionsTests
///
/// `ADEMAMIX_SEEDS=1-10000` runs many more than usual.
private let seeds: ClosedRange<Int> = {
  let bounds = (ProcessInfo.processInfo.environment["ADEMAMIX_SEEDS"] ?? "")
    .split(separator: "-").compactMap { Int($0) }
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
  @Test(arguments: seeds)
  func `do what the documentation says`(seed: Int) throws {
    expectAgreement(.random(seed: seed))
  }

  @Test(arguments: seeds)
  func `do what the documentation says of limits and skips`(seed: Int) throws {
    expectAgreement(.random(seed: seed).restrained(seed: seed))
  }

  #if DEBUG
  // The equations take 4 s for each in an unoptimized build.
  private static let names = ["mean of 3", "edited", "everything"]
  #else
  private static let names = Scenario.named.map(\.name)
  #endif

  @Test(arguments: names)
  func `do what the documentation says, one by one`(name: String) throws {
    expectAgreement(.named(name))
  }

  /// Expects the library to follow the equations, to ten times what 2000 seeds
  /// stay within. In Double most of that is 1-βᵗ of the equations.
  private func expectAgreement(_ scenario: Scenario) {
    expectNone(in: scenario, Double.self) {
      var run = try RunBesidePlain<Double>($0, tolerance: 1e-12)
      return try run.mismatch()
    }
    expectNone(in: scenario, Float.self) {
      var run = try RunBesidePlain<Float>($0, tolerance: 1e-5)
      return try run.mismatch()
    }
  }

  @Test(arguments: seeds.filter { $0 % 5 == 0 || seeds.count == 1 })
  func `give the same bits however they are computed`(seed: Int) throws {
    expectSameBits(.random(seed: seed), Double.self)
    expectSameBits(.random(seed: seed), Float.self)
    let restrained = Scenario.random(seed: seed).restrained(seed: seed)
    expectSameBits(restrained, Double.self)
    expectSameBits(restrained, Float.self)
  }

  private func expectSameBits<Scalar: OptimizerScalar>(
    _ scenario: Scenario, _: Scalar.Type
  ) {
    expectNone(in: scenario, Scalar.self) { scenario in
      let plain = try ScenarioOutcome(
        of: scenario.measuring(false), Scalar.self)
      let measured = scenario.measuring(true)
      let expected = try ScenarioOutcome(of: measured, Scalar.self)
      if plain.words != expected.words || plain.texts != expected.texts {
        return "diagnostics change something"
      }
      var variants = (1...4).map { measured.computed(threads: $0) }
      variants += InstructionSet.available.map {
        measured.computed(instructionSet: $0)
      }
      variants += CallShape.allCases.map {
        measured.with(\.computation.shape, $0)
      }
      for variant in variants
      where try ScenarioOutcome(of: variant, Scalar.self) != expected {
        return "other bits with \(variant.computation)"
      }
      return nil
    }
  }

  /// Expects no fault in a scenario, or shows it in the shortest that has one.
  private func expectNone<Scalar>(
    in scenario: Scenario, _: Scalar.Type,
    _ fault: (Scenario) throws -> String?
  ) {
    func found(_ scenario: Scenario) -> String? {
      do { return try fault(scenario) } catch { return "\(error)" }
    }
    guard found(scenario) != nil else { return }
    let shortest = scenario.shrunken { try fault($0) != nil }
    Issue.record("\(Scalar.self), \(found(shortest) ?? "") in\n\(shortest)")
  }
}
