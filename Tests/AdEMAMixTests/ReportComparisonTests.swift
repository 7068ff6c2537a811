//===--- ReportComparisonTests.swift - what equals itself -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

@Suite struct `A report` {
  private func report(_ gradient: Float) throws -> StepReport {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("w", sizes: [3], Hyperparameters(learningRate: 0.1))
    ])
    optimizer.options.clipping = .globalNorm(1)
    var parameters: [Float] = [1, 1, 1]
    return try optimizer.step(
      &parameters, gradients: [gradient, 1, 1], diagnostics: true)
  }

  @Test(arguments: [Float.nan, .infinity, 0, 2])
  func `equals itself, and is found in a set`(gradient: Float) throws {
    let report = try report(gradient)
    #expect(try report == self.report(gradient))
    #expect(report.diagnostics == report.diagnostics)
    #expect(Set([report]).contains(report))
    #expect(try report != self.report(3))
    if gradient.isNaN {
      #expect(report.gradientNorm?.isNaN == true)
      #expect(report.diagnostics?.total.fastRMS.isNaN == true)
    }
  }
}

@Suite struct `An error about a NaN` {
  @Test func `equals itself`() {
    let errors: [AdEMAMixError] = [
      .nonFiniteGradient(value: .nan, index: 1, tensor: "w"),
      .optionOutOfRange(.clippingLimit, value: .nan),
      .invalidAccumulation(.notFinite(.nan)), .dampingFactor(.nan),
    ]
    for (index, error) in errors.enumerated() {
      #expect(errors.firstIndex(of: error) == index)
    }
    #expect(Set(errors).count == errors.count)
    #expect(Set(errors).isSuperset(of: errors))
    #expect(ScheduleError.notFinite(.nan) == .notFinite(.nan))
    #expect(ScheduleError.notFinite(.nan) != .notFinite(.infinity))
    let decay = AdEMAMixError.decayOutOfRange(.nan, updateCount: 3)
    #expect(decay == .decayOutOfRange(.nan, updateCount: 3))
    #expect(decay != .decayOutOfRange(.nan, updateCount: 4))
  }
}
