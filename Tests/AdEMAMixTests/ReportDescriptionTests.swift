//===--- ReportDescriptionTests.swift - reports in words ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

@Suite struct `A printed report` {
  /// The report of a call, printed, and its diagnostics.
  private func printed(
    _ gradients: [Float], options: StepOptions = StepOptions(),
    diagnostics: Bool = false
  ) throws -> (text: String, diagnostics: StepDiagnostics?) {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("w", sizes: [2], Hyperparameters(learningRate: 0.1))
    ])
    optimizer.options = options
    var parameters: [Float] = [1, 1]
    let report = try optimizer.step(
      &parameters, gradients: gradients, diagnostics: diagnostics)
    return ("\(report)", report.diagnostics)
  }

  @Test func `says what a step did, with what it measured`() throws {
    #expect(
      try printed([3, 4]).text
        == "completed, clip factor 1.0, 0 elements zeroed")
    var options = StepOptions()
    options.clipping = .globalNorm(2.5)
    let clipped =
      "completed, gradient norm 5.0, clip factor 0.5, 0 elements zeroed"
    #expect(try printed([3, 4], options: options).text == clipped)
    let (text, diagnostics) = try printed(
      [3, 4], options: options, diagnostics: true)
    #expect(text == "\(clipped)\n\(try #require(diagnostics))")
  }

  @Test func `says what a call without a step did`() throws {
    var options = StepOptions()
    options.accumulation = .mean(over: 2)
    #expect(
      try printed([3, 4], options: options).text
        == "accumulated 1 of 2, clip factor 1.0, 0 elements zeroed")
    options = StepOptions()
    options.nonFiniteGradients = .skipStep(limit: 3)
    let skipped = try printed([.nan, 4], options: options).text
    #expect(skipped.hasPrefix("skipped, "), "\(skipped)")
    #expect(skipped.hasSuffix("factor 1.0, 0 elements zeroed"), "\(skipped)")
    options.nonFiniteGradients = .zeroElements
    let zeroed = try printed([.nan, .infinity], options: options).text
    #expect(zeroed.hasPrefix("completed, "), "\(zeroed)")
    #expect(zeroed.hasSuffix("factor 1.0, 2 elements zeroed"), "\(zeroed)")
  }
}
