//===--- RestrainedGroupTests.swift - limited directions, skipped zeros ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import TestSupport
import Testing

/// A group that restrains nothing, with the hyperparameters of the paper.
private func group(
  _ count: Int, named name: String = "rows", rate: Double = 1e-3,
  beta1: Double = 0.9,
  weightDecay: HyperparameterSchedule = 0, storage: MomentStorage = .full
) -> ParameterGroup {
  ParameterGroup(
    name, sizes: [count],
    Hyperparameters(
      learningRate: .constant(rate), beta1: beta1, weightDecay: weightDecay),
    storage: storage)
}

/// Gradients of rows of 40, of which each step meets a third.
private func sparse<Scalar: OptimizerScalar>(
  _ count: Int, step: Int
) -> [Scalar] {
  let numbers: [Scalar] = sample(count, step)
  return numbers.indices.map {
    ($0 / 40 + step).isMultiple(of: 3) ? numbers[$0] : ($0 % 2 == 0 ? 0 : -0.0)
  }
}

@Suite struct `A limit of the direction` {
  /// The numbers are those of the documentation: multiples of the learning
  /// rate by which a parameter moves after so many steps without a gradient,
  /// and 5000 with one.
  @Test func `holds what grows without it in idle parameters`() throws {
    let free = group(1)
    let limited = group(1, named: "limited").limited(to: 6)
    var optimizer = try AdEMAMix<Float>(
      [free, limited], engine: .fused, threads: 1)
    var parameters: [Float] = [0, 0]
    for _ in 0..<5_000 {
      try optimizer.step(&parameters, gradients: [1e-3, 1e-3])
    }
    let expected = [1_000: 2.94, 5_000: 14.6, 10_000: 107.9, 20_000: 4_839]
    for step in 1...20_000 {
      // Small, so that no digit of a difference is lost.
      parameters = [0, 0]
      let report = try optimizer.step(
        &parameters, gradients: [0, 0], diagnostics: expected[step] != nil)
      guard let rates = expected[step] else { continue }
      let moves = parameters.map { Double($0) / -1e-3 }
      #expect(abs(moves[0] / rates - 1) < 5e-3)
      #expect(abs(moves[1] / min(rates, 6) - 1) < 5e-3)
      let counts = report.diagnostics?.groups.map(\.measurement.limitedCount)
      #expect(counts == [0, rates > 6 ? 1 : 0])
    }
  }

  @Test(arguments: StepEngine.allCases)
  func `bounds what an update writes, and nothing of the moments`(
    engine: StepEngine
  ) throws {
    let plain = group(300, rate: 7)
    var free = try AdEMAMix<Float>([plain], engine: engine)
    var limited = try AdEMAMix<Float>([plain.limited(to: 0.5)], engine: engine)
    for step in 0..<40 {
      let gradients: [Float] = sample(300, step)
      var expected = gradients
      var updates = gradients
      try free.writeUpdate(into: &expected, gradients: gradients)
      let report = try limited.writeUpdate(
        into: &updates, gradients: gradients, diagnostics: true)
      #expect(updates == expected.map { min(max($0, -0.5), 0.5) })
      let count = expected.count { abs($0) > 0.5 }
      #expect(count > 0)
      #expect(report.diagnostics?.total.limitedCount == count)
      let square = updates.reduce(0) { $0 + Double($1 * $1) }
      let rms = report.diagnostics?.total.updateRMS ?? .nan
      #expect(abs(rms / (square / 300).squareRoot() - 1) < 1e-6)
    }
    #expect(free.copyMoments() == limited.copyMoments())
  }

  @Test(arguments: StepEngine.allCases)
  func `comes before the weight decay, and leaves a NaN`(engine: StepEngine)
    throws
  {
    let group = group(2, rate: 0.5, weightDecay: 0.25).limited(to: 0.25)
    var optimizer = try AdEMAMix<Double>([group], engine: engine)
    var parameters = [8.0, 8]
    try optimizer.step(&parameters, gradients: [-1, .nan])
    #expect(parameters[0] == 8 - 0.5 * (-0.25 + 0.25 * 8))
    #expect(parameters[1].isNaN)
  }

  @Test func `that is infinite changes nothing`() throws {
    for engine in StepEngine.allCases {
      var plain = try AdEMAMix<Float>([group(700)], engine: engine)
      var endless = try AdEMAMix<Float>(
        [group(700).limited(to: .infinity)], engine: engine)
      var parameters: [Float] = sample(700)
      var expected = parameters
      for step in 0..<30 {
        try plain.step(&expected, gradients: sample(700, step))
        try endless.step(&parameters, gradients: sample(700, step))
      }
      #expect(parameters == expected)
    }
  }

  @Test func `must be above 0`() throws {
    for limit in [0, -1, Double.nan, -Double.infinity] {
      #expect(throws: AdEMAMixError.directionLimit(limit, group: "rows")) {
        _ = try AdEMAMix<Float>([group(3).limited(to: limit)])
      }
      var optimizer = try AdEMAMix<Float>([group(3)])
      #expect(throws: AdEMAMixError.self) {
        try optimizer.updateGroup("rows") { $0.directionLimit = limit }
      }
      #expect(optimizer.layout.groups[0].directionLimit == nil)
    }
    let error = AdEMAMixError.directionLimit(0, group: "rows")
    #expect(
      error.description
        == "directionLimit is 0.0 in group 'rows': it must be above 0")
  }
}

@Suite struct `Skipped gradients of 0` {
  @Test(arguments: StepEngine.allCases, [0.9, 0])
  func `leave parameters and moments, to the bit`(
    engine: StepEngine, beta1: Double
  ) throws {
    let group = group(1_000, rate: 0.1, beta1: beta1, weightDecay: 0.5)
      .skipping()
    var optimizer = try AdEMAMix<Float>([group], engine: engine)
    var parameters: [Float] = sample(1_000)
    for step in 0..<40 {
      let gradients: [Float] = sparse(1_000, step: step)
      let (before, old) = (parameters, optimizer.copyMoments()[0])
      try optimizer.step(&parameters, gradients: gradients)
      let new = optimizer.copyMoments()[0]
      let wrong = gradients.indices.count { index in
        let isKept =
          new.slow[index] == old.slow[index]
          && new.second[index] == old.second[index]
          && (beta1 == 0 || new.fast[index] == old.fast[index])
        return gradients[index] == 0
          ? parameters[index] != before[index] || !isKept
          : parameters[index] == before[index] || isKept
      }
      #expect(wrong == 0)
      #expect(new.stepCounts == MomentStepCounts(step + 1))
      var updates = parameters
      var copy = try optimizer.copy()
      try copy.writeUpdate(into: &updates, gradients: gradients)
      #expect(zip(updates, gradients).allSatisfy { ($0 == 0) == ($1 == 0) })
    }
  }

  /// A row that a batch meets every 1000 steps, with the same gradient: at a
  /// learning rate of 1e-3, 6 visits move it by 0.302, and AdamW by 0.104.
  @Test(arguments: [StepEngine.blas, .fused])
  func `keep rows that are met rarely where few steps took them`(
    engine: StepEngine
  ) throws {
    func distance(_ group: ParameterGroup) throws -> Double {
      var optimizer = try AdEMAMix<Float>([group], engine: engine, threads: 1)
      var parameters: [Float] = [0]
      for step in 0...5_000 {
        try optimizer.step(
          &parameters, gradients: [step.isMultiple(of: 1_000) ? 1 : 0])
      }
      return Double(abs(parameters[0]))
    }
    #expect(abs(try distance(group(1)) / 0.302186 - 1) < 1e-3)
    #expect(abs(try distance(group(1).skipping()) / 0.0262173 - 1) < 1e-3)
  }

  /// The usual rule, in `Float`, is wrong by 1e-4 after so many steps.
  @Test(arguments: [StepEngine.blas, .fused])
  func `leave the digits of moments that other gradients move`(
    engine: StepEngine
  ) throws {
    let count = 64
    #if DEBUG
    let stepCount = 3_000
    #else
    let stepCount = 12_000
    #endif
    func moments<Scalar: OptimizerScalar>(
      _ group: ParameterGroup, _: Scalar.Type
    ) throws -> [[Double]] {
      var optimizer = try AdEMAMix<Scalar>([group], engine: engine, threads: 1)
      var parameters = [Scalar](repeating: 0, count: count)
      for step in 0..<stepCount {
        let noise: [Float] = sample(count, step)
        try optimizer.step(
          &parameters, gradients: noise.map { Scalar($0 + 0.25) })
      }
      let moments = optimizer.copyMoments()[0]
      return [moments.fast, moments.slow, moments.second].map {
        $0.map { Double($0) }
      }
    }
    let exact = try moments(group(count), Double.self)
    let plain = try moments(group(count), Float.self)
    let skipping = try moments(group(count).skipping(), Float.self)
    func error(_ actual: [Double], _ exact: [Double]) -> Double {
      let squares = zip(actual, exact).map { ($0 - $1) * ($0 - $1) }
      let norm = exact.reduce(0) { $0 + $1 * $1 }
      return (squares.reduce(0, +) / norm).squareRoot()
    }
    for index in 0..<3 {
      let (ours, usual) = (
        error(skipping[index], exact[index]), error(plain[index], exact[index])
      )
      #expect(ours < 2 * usual + 1e-7)
      #expect(ours < 3e-6)
    }
  }

  @Test(arguments: [MomentStorage.compact, .minimal, .full], [0.9, 0])
  func `leave blocks of moments in few bits`(
    storage: MomentStorage, beta1: Double
  ) throws {
    let group = group(
      2_000, rate: 0.01, beta1: beta1, weightDecay: 0.1, storage: storage)
    var optimizer = try AdEMAMix<Float>([group.skipping()], engine: .fused)
    var parameters: [Float] = sample(2_000)
    var copy = parameters.map { BFloat16($0) }
    for step in 0..<30 {
      let numbers: [Float] = sample(2_000, step)
      // Two blocks, the end of one, and an element now and then.
      let gradients = numbers.indices.map {
        step > 3 && ($0 < 512 || $0 > 1_950 || $0 % 5 == 0)
          ? BFloat16(-0.0) : BFloat16(numbers[$0])
      }
      let (before, old) = (parameters, optimizer.copyMoments()[0])
      let narrow = copy
      try optimizer.step(&parameters, gradients: gradients, bfloat16Copy: &copy)
      let new = optimizer.copyMoments()[0]
      let wrong = gradients.indices.count { index in
        guard Float(gradients[index]) == 0 else { return false }
        let isKept =
          new.slow[index] == old.slow[index]
          && new.second[index] == old.second[index]
          && (beta1 == 0 || new.fast[index] == old.fast[index])
        return parameters[index] != before[index]
          || copy[index] != narrow[index] || index < 512 && !isKept
      }
      #expect(wrong == 0)
    }
  }

  @Test(arguments: StepEngine.allCases)
  func `are damped as all others, and go on from steps without skips`(
    engine: StepEngine
  ) throws {
    var optimizer = try AdEMAMix<Double>([group(100)], engine: engine)
    var parameters: [Double] = sample(100)
    for step in 0..<30 {
      try optimizer.step(&parameters, gradients: sample(100, step))
    }
    let before = optimizer.copyMoments()[0]
    try optimizer.updateGroup("rows") { $0.skipsZeroGradients = true }
    try optimizer.dampSlowMoment(by: 0.25)
    let expected = parameters
    try optimizer.step(
      &parameters, gradients: (0..<100).map { $0 < 50 ? 0 : 1 })
    let after = optimizer.copyMoments()[0]
    #expect(parameters[..<50] == expected[..<50])
    for index in 0..<100 {
      let slow = before.slow[index] / 4
      expectClose(
        [after.slow[index], after.second[index]],
        index < 50
          ? [slow, before.second[index]]
          : [slow * 0.9999 + 1e-4, before.second[index] * 0.999 + 1e-3],
        tolerance: 1e-13)
    }
    try optimizer.updateGroup("rows") { $0.skipsZeroGradients = false }
    try optimizer.step(&parameters, gradients: Array(repeating: 0, count: 100))
    expectClose(
      [optimizer.copyMoments()[0].slow[0]], [before.slow[0] / 4 * 0.9999],
      tolerance: 1e-13)
  }

  @Test func `make the same bits on every processor and thread`() throws {
    for count in [1, 63, 64, 65, 255, 256, 257, 700, 20_000] {
      for beta1 in [0.9, 0] {
        for engine in [StepEngine.blas, .fused] {
          var bits: [[Float]] = []
          for set in InstructionSet.available {
            for threads in [1, 3] {
              var optimizer = try AdEMAMix<Float>(
                [group(count, beta1: beta1).skipping().limited(to: 1)],
                engine: engine, threads: threads)
              optimizer.instructionSet = set
              optimizer.threadSplit.byteCountWorthAThread = 4096
              var parameters: [Float] = sample(count)
              for step in 0..<12 {
                try optimizer.step(
                  &parameters, gradients: sparse(count, step: step))
              }
              bits.append(parameters)
            }
          }
          #expect(bits.allSatisfy { $0 == bits[0] })
        }
      }
    }
  }
}

@Suite struct `A group with a limit or skips` {
  @Test func `is decoded from texts that know neither`() throws {
    let plain = group(3)
    var text = String(decoding: try JSONEncoder().encode(plain), as: UTF8.self)
    #expect(text.contains("skipsZeroGradients"))
    text = text.replacing(#""skipsZeroGradients":false"#, with: #""x":1"#)
    let decoder = JSONDecoder()
    #expect(
      try decoder.decode(ParameterGroup.self, from: Data(text.utf8)) == plain)
    let restrained = plain.limited(to: 3).skipping()
    let encoded = try JSONEncoder().encode(restrained)
    #expect(
      try decoder.decode(ParameterGroup.self, from: encoded) == restrained)
  }
}
