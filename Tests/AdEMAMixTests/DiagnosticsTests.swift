//===--- DiagnosticsTests.swift - what a step measures --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `What a step measures` {
  @Test(arguments: StepEngine.allCases, [0.9, 0])
  func `is what the moments hold`(engine: StepEngine, beta1: Double) throws {
    var optimizer = try optimizer(engine, beta1: beta1)
    optimizer.options.clipping = .globalNorm(3)
    var random = RandomNumbers(seed: 1)
    var parameters: [Double] = random.numbers(1100)
    var last: StepDiagnostics?
    var before = parameters
    var gradients: [Double] = []
    var clip = 1.0
    for _ in 0..<35 {
      gradients = random.numbers(1100)
      before = parameters
      let report = try optimizer.step(
        &parameters, gradients: gradients, diagnostics: true)
      clip = report.clipFactor
      last = report.diagnostics
    }
    let diagnostics = try #require(last)
    #expect(diagnostics.stepCount == 35)
    #expect(diagnostics.clipFactor == clip)
    #expect(diagnostics.clipFactor < 1)
    #expect(diagnostics.groups.map(\.name) == ["a", "b"])
    #expect(diagnostics.groups.map(\.learningRate) == [0.01, 0.005])
    let bounds = [0..<1000, 1000..<1100]
    for (index, group) in diagnostics.groups.enumerated() {
      let measured = group.measurement
      let moments = optimizer.copyMoments()[index]
      let taken = gradients[bounds[index]].map { $0 * clip }
      let fast = beta1 == 0 ? taken : moments.fast
      let unbiased = fast.map { $0 / (1 - power(beta1, 35)) }
      let slowTerm = moments.slow.map { 4 * $0 }
      let moved = zip(before, parameters).map { ($0 - $1) }[bounds[index]]
      #expect(measured.count == bounds[index].count)
      expectClose(
        [
          measured.gradientRMS, measured.fastRMS, measured.slowRMS,
          measured.secondRMS, measured.slowToFastRatio,
          measured.fastSlowCosine, measured.effectiveLearningRateFactor,
        ],
        [
          rms(taken), rms(fast), rms(moments.slow), rms(moments.second),
          rms(slowTerm) / rms(unbiased),
          cosine(fast, moments.slow),
          rms(zip(unbiased, slowTerm).map { $0 + $1 }) / rms(unbiased),
        ], tolerance: 1e-12)
      #expect(abs(measured.updateRMS / rms(Array(moved)) - 1) < 1e-9)
    }
    #expect(diagnostics.total.count == 1100)
    #expect(
      abs(
        diagnostics.total.gradientRMS / (rms(gradients) * clip) - 1) < 1e-14)
  }

  @Test(arguments: StepEngine.allCases)
  func `changes no bit of the result`(engine: StepEngine) throws {
    var off = try optimizer(engine, beta1: 0.9)
    var on = try off.copy()
    var random = RandomNumbers(seed: 4)
    var parameters: [Double] = random.numbers(1100)
    var measured = parameters
    for _ in 0..<60 {
      let gradients: [Double] = random.numbers(1100)
      #expect(
        try off.step(&parameters, gradients: gradients).diagnostics == nil)
      #expect(
        try on.step(&measured, gradients: gradients, diagnostics: true)
          .diagnostics != nil)
    }
    #expect(measured == parameters)
    #expect(on.copyMoments() == off.copyMoments())
  }

  @Test func `is the same for any threads`() throws {
    var single = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "w", sizes: [70_000, 500], Hyperparameters(learningRate: 0.1))
      ], threads: 1)
    single.threadSplit.byteCountWorthAThread = 8192
    var many = try single.copy()
    many.threadSplit.threadCount = 4
    var random = RandomNumbers(seed: 9)
    let gradients: [Float] = random.numbers(70_500)
    var parameters = gradients
    let expected = try single.step(
      &parameters, gradients: gradients, diagnostics: true)
    parameters = gradients
    let actual = try many.step(
      &parameters, gradients: gradients, diagnostics: true)
    #expect(actual == expected)
  }

  @Test func `is NaN where the group has one`() throws {
    var optimizer = try optimizer(.blas, beta1: 0.9)
    var parameters = [Double](repeating: 1, count: 1100)
    var gradients = parameters
    gradients[1050] = .nan
    let report = try optimizer.step(
      &parameters, gradients: gradients, diagnostics: true)
    let groups = try #require(report.diagnostics?.groups)
    #expect(groups[0].measurement.gradientRMS == 1)
    #expect(groups[1].measurement.gradientRMS.isNaN)
  }

  @Test func `prints as a table`() throws {
    var optimizer = try optimizer(.fused, beta1: 0.9)
    var parameters = [Double](repeating: 1, count: 1100)
    let gradients = [Double](repeating: 0.5, count: 1100)
    let report = try optimizer.step(
      &parameters, gradients: gradients, diagnostics: true)
    let lines = try #require(report.diagnostics).description.split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[0] == "step 1, clip factor 1, 0 skipped")
    #expect(lines.count == 5)
    #expect(Set(lines[1...].map(\.count)).count == 1)
    #expect(lines[2].hasPrefix("a            1000   0.01       0.5  0.05"))
    #expect(lines[4].hasPrefix("all"))
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }

  private func cosine(_ a: [Double], _ b: [Double]) -> Double {
    let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    return product / (rms(a) * rms(b) * Double(a.count))
  }

  private func rms(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
  }

  private func optimizer(
    _ engine: StepEngine, beta1: Double
  ) throws -> AdEMAMix<Double> {
    let hyperparameters = Hyperparameters(
      learningRate: 0.01, beta1: beta1, beta3: 0.95, alpha: 4)
    var second = ParameterGroup("b", sizes: [100], hyperparameters)
    second.learningRateFactor = 0.5
    return try AdEMAMix(
      [ParameterGroup("a", sizes: [300, 700], hyperparameters), second],
      engine: engine)
  }
}
