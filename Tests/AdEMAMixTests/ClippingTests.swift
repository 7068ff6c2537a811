//===--- ClippingTests.swift - bounded gradients, and their norm ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `The norm of the gradient` {
  /// Elements of one size, whose norm is known.
  @Test(arguments: [1e30, 1e-30, 1, 3e38, 1e-45])
  func `neither overflows nor underflows in Float`(size: Double) throws {
    let g = Float(size)
    let norm = try norm(of: [Float](repeating: g, count: 10_000))
    #expect(abs(norm / (Double(g) * 100) - 1) < 1e-14)
  }

  @Test(arguments: [1e300, 1e-300, 1.7e308, 0x1p-1074, 1e154, 1e-162])
  func `neither overflows nor underflows in Double`(g: Double) throws {
    let norm = try norm(of: [Double](repeating: g, count: 100))
    if g > 1e307 {
      #expect(norm == .infinity)
    } else {
      #expect(abs(norm / 10 / g - 1) < 1e-14)
    }
  }

  @Test func `takes in every element of ten million`() throws {
    let count = 10_000_000
    let gradients = (0..<count).map { Float($0 % 7 == 0 ? 1e10 : 1e7) }
    let large = Double((count + 6) / 7)
    let exact = (large * 1e20 + (Double(count) - large) * 1e14).squareRoot()
    #expect(abs(try norm(of: gradients) / exact - 1) < 1e-12)
  }

  @Test func `is the same for any threads, tensors, shapes and sets`() throws {
    var random = RandomNumbers(seed: 7)
    let gradients: [Float] = random.numbers(300_000).map { $0 * $0 * $0 }
    let expected = try norm(of: gradients)
    for threads in [2, 3, 4] {
      #expect(try norm(of: gradients, threads: threads) == expected)
    }
    for shape in CallShape.allCases {
      #expect(
        try norm(
          of: gradients, threads: 2, sizes: [256 * 700, 0, 120_800], shape)
          == expected)
    }
    for instructionSet in InstructionSet.available {
      #expect(
        try norm(of: gradients, instructionSet: instructionSet) == expected)
    }
  }

  @Test func `of shards, squared, adds up to that of the whole`() throws {
    var random = RandomNumbers(seed: 8)
    let gradients: [Double] = random.numbers(5000)
    let whole = try norm(of: gradients)
    let parts = [0..<1280, 1280..<3000, 3000..<5000].map { gradients[$0] }
    let sum = try parts.reduce(0) {
      let norm = try norm(of: Array($1))
      return $0 + norm * norm
    }
    #expect(abs(sum.squareRoot() / whole - 1) < 1e-15)
  }

  @Test func `of zeros, and beside zeros, is exact`() throws {
    #expect(try norm(of: [Float](repeating: 0, count: 1000)) == 0)
    #expect(try norm(of: [Double](repeating: -0.0, count: 1000)) == 0)
    var gradients = [Double](repeating: 0, count: 1000)
    gradients[700] = 0x1p-1074
    #expect(try norm(of: gradients) == 0x1p-1074)
  }

  @Test func `leaves out frozen groups`() throws {
    let hyperparameters = Hyperparameters(learningRate: 0.1)
    var optimizer = try AdEMAMix<Double>([
      ParameterGroup("a", sizes: [2], hyperparameters),
      ParameterGroup("b", sizes: [1], hyperparameters, isFrozen: true),
    ])
    optimizer.options.clipping = .globalNorm(.infinity)
    var parameters = [1.0, 1, 1]
    let report = try optimizer.step(&parameters, gradients: [3, 4, 100])
    #expect(report.gradientNorm == 5)
    #expect(report.clipFactor == 1)
  }

  private func norm<Scalar: OptimizerScalar>(
    of gradients: [Scalar], threads: Int = 1, sizes: [Int]? = nil,
    _ shape: CallShape = .array, instructionSet: InstructionSet = .widest
  ) throws -> Double {
    let sizes = sizes ?? [gradients.count]
    var optimizer = try AdEMAMix<Scalar>(
      [ParameterGroup("w", sizes: sizes, Hyperparameters(learningRate: 0.1))],
      threads: threads)
    optimizer.threadSplit.byteCountWorthAThread = 8192
    optimizer.instructionSet = instructionSet
    optimizer.options.clipping = .globalNorm(.infinity)
    var parameters = [Scalar](repeating: 0, count: gradients.count)
    let report = try optimizer.step(shape, &parameters, gradients: gradients)
    return try #require(report.gradientNorm)
  }
}

@Suite struct `Clipping` {
  /// The gradient (3, 4) of a first tensor and (0, 12) of a second: norms 5,
  /// 12, and 13 together.
  private let gradients = [3.0, 4, 0, 12]

  @Test(arguments: StepEngine.allCases)
  func `by global norm scales all tensors alike`(engine: StepEngine) throws {
    let (report, taken) = try gradientTaken(.globalNorm(6.5), engine)
    #expect(report.gradientNorm == 13)
    #expect(report.clipFactor == 0.5)
    expectClose(taken, [1.5, 2, 0, 6])
    let torch = try gradientTaken(.globalNorm(6.5, rule: .torch), engine)
    #expect(torch.report.clipFactor == 6.5 / (13 + 1e-6))
    let loose = try gradientTaken(.globalNorm(14), engine)
    #expect(loose.report.clipFactor == 1)
    expectClose(loose.taken, gradients)
  }

  @Test(arguments: StepEngine.allCases)
  func `by value bounds each element`(engine: StepEngine) throws {
    let (report, taken) = try gradientTaken(.value(3.5), engine)
    #expect(report.gradientNorm == nil)
    #expect(report.clipFactor == 1)
    expectClose(taken, [3, 3.5, 0, 3.5])
  }

  @Test(arguments: StepEngine.allCases)
  func `by block scales each tensor by its own`(engine: StepEngine) throws {
    // The root mean squares are 5/√2 and 12/√2.
    let limit = 6 / 2.0.squareRoot()
    let (report, taken) = try gradientTaken(.blockRMS(limit), engine)
    #expect(abs(report.clipFactor - 0.5) < 1e-15)
    #expect(report.gradientNorm == 13)
    expectClose(taken, [3, 4, 0, 6])
  }

  @Test func `works where factors and squares leave the range of Float`()
    throws
  {
    for size in [1e30, 1e-30] as [Float] {
      var optimizer = try AdEMAMix<Float>([
        ParameterGroup("w", sizes: [4], Hyperparameters(learningRate: 0.1))
      ])
      optimizer.options.clipping = .globalNorm(1)
      var parameters: [Float] = [0, 0, 0, 0]
      let report = try optimizer.step(
        &parameters, gradients: [3 * size, -4 * size, 0, size],
        gradientScale: size < 1 ? 1e30 : 1)
      #expect(abs(report.clipFactor * (report.gradientNorm ?? 0) - 1) < 1e-6)
      let moments = optimizer.copyMoments()[0]
      let expected = 3 / Float(26).squareRoot()
      #expect(abs(moments.fast[0] / (0.1 * expected) - 1) < 1e-5)
      #expect(abs(moments.second[0] / (0.001 * expected * expected) - 1) < 1e-4)
      #expect(parameters.allSatisfy { $0.isFinite })
    }
  }

  @Test(arguments: [0, -1, -Double.infinity, .nan])
  func `needs a positive limit`(limit: Double) throws {
    for clipping in [
      GradientClipping.globalNorm(limit), .value(limit), .blockRMS(limit),
    ] {
      var optimizer = try optimizer(.fused)
      optimizer.options.clipping = clipping
      try expectRefusal(&optimizer, .clippingLimit, limit)
    }
    var optimizer = try optimizer(.fused)
    optimizer.options.updateClipping = limit
    try expectRefusal(&optimizer, .updateClipping, limit)
  }

  @Test(arguments: [0, -1, Double.infinity, .nan])
  func `follows a scale that is positive and finite`(scale: Double) throws {
    var optimizer = try optimizer(.blas)
    try expectRefusal(
      &optimizer, .gradientScale, scale, gradientScale: scale)
  }

  /// The gradient that the moments took in, seen in the fast one.
  private func gradientTaken(
    _ clipping: GradientClipping, _ engine: StepEngine
  ) throws -> (report: StepReport, taken: [Double]) {
    var optimizer = try optimizer(engine)
    optimizer.options.clipping = clipping
    var parameters = [0.0, 0, 0, 0]
    let report = try optimizer.step(&parameters, gradients: gradients)
    let moments = optimizer.copyMoments()[0]
    let taken = moments.fast.map { $0 * 2 }
    expectClose(moments.second, taken.map { 0.5 * $0 * $0 })
    expectClose(moments.slow, taken.map { 0.25 * $0 })
    return (report, taken)
  }

  private func optimizer(_ engine: StepEngine) throws -> AdEMAMix<Double> {
    try AdEMAMix(
      [
        ParameterGroup(
          "w", sizes: [2, 2],
          Hyperparameters(
            learningRate: 0.1, beta1: 0.5, beta2: 0.5, beta3: 0.75))
      ], engine: engine)
  }

  private func expectRefusal(
    _ optimizer: inout AdEMAMix<Double>, _ name: StepOptionName,
    _ value: Double,
    gradientScale: Double = 1
  ) throws {
    var parameters = [1.0, 2, 3, 4]
    let thrown = #expect(throws: AdEMAMixError.self) {
      try optimizer.step(
        &parameters, gradients: gradients, gradientScale: gradientScale)
    }
    let expected = AdEMAMixError.optionOutOfRange(name, value: value)
    // By description, since NaN equals nothing.
    #expect(thrown?.description == expected.description)
    #expect(parameters == [1, 2, 3, 4])
    #expect(optimizer.stepCount == 0)
    #expect(optimizer.copyMoments()[0].second == [0, 0, 0, 0])
  }
}
