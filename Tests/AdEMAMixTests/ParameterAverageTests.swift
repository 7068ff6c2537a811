//===--- ParameterAverageTests.swift - the moving average of the weights --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import TestSupport
import Testing

@Suite struct `An average of the parameters` {
  private struct Golden: Decodable {
    let name: String
    let decay: FixtureSchedule
    let tensorSizes: [Int]
    let steps: Int
    let recordedSteps: [Int]
    let initialParameters, parameters: Numbers<Float>
    let expected: [Numbers<Double>]
    let optaxFloat32: [Numbers<Float>]

    /// The averages after each recorded update.
    func averages<Scalar: OptimizerScalar>(_: Scalar.Type) throws -> [[Scalar]]
    {
      let initial = initialParameters.values.map { Scalar($0) }
      let rows = parameters.values.map { Scalar($0) }
      var average = try ParameterAverage(
        .arrays, of: initial, sizes: tensorSizes, decay: decay.schedule)
      var recorded: [[Scalar]] = []
      for step in 0..<steps {
        let first = step * initial.count
        try average.update(with: Array(rows[first..<(first + initial.count)]))
        if recordedSteps.contains(step + 1) {
          recorded.append(try average.values())
        }
      }
      return recorded
    }
  }

  @Test(arguments: CallShape.allCases)
  func `follows completed steps, not micro-batches nor skipped calls`(
    shape: CallShape
  ) throws {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("w", sizes: [300, 5], Hyperparameters(learningRate: 0.1))
    ])
    optimizer.options.accumulation = .mean(over: 4)
    optimizer.options.nonFiniteGradients = .skipStep(limit: 1)
    var parameters: [Float] = sample(305)
    var average = try ParameterAverage<Float>(
      shape, of: parameters, sizes: [300, 5], decay: 0.9)
    var expected = try ParameterAverage<Float>(of: parameters, decay: 0.9)
    for call in 0..<9 {
      var gradients: [Float] = sample(305, call)
      if call == 2 { gradients[7] = .nan }
      let report = try optimizer.step(&parameters, gradients: gradients)
      try average.update(
        shape, with: parameters, sizes: [300, 5], after: report)
      if call == 4 || call == 8 { try expected.update(with: parameters) }
    }
    #expect(optimizer.stepCount == 2 && average.updateCount == 2)
    #expect(try average.values() == expected.values())
    // A call that is refused is refused at the first micro-batch.
    let report = try optimizer.step(&parameters, gradients: parameters)
    #expect(throws: AdEMAMixError.parameterCount(2, expected: 305)) {
      try expected.update(with: [1, 2], after: report)
    }
  }

  @Test func `follows the equation and optax`() throws {
    let cases = try decodeFixture("parameter-average", as: [Golden].self)
    #expect(cases.count == 4)
    for golden in cases {
      let ours = try golden.averages(Double.self)
      try #require(ours.count == golden.expected.count)
      for (ours, expected) in zip(ours, golden.expected) {
        #expect(ours.count == expected.values.count)
        let isClose = zip(ours, expected.values).allSatisfy {
          abs($0 - $1) <= 1e-12 * abs($1) + 1e-14
        }
        #expect(isClose, "\(golden.name)")
      }
    }
  }

  /// Distances are taken over all elements and recorded updates.
  @Test func `in Float is at least as close to Double as optax's own`() throws {
    for golden in try decodeFixture("parameter-average", as: [Golden].self) {
      let ours = try golden.averages(Float.self)
      let exact = golden.expected.map(\.values)
      let optax = distance(golden.optaxFloat32.map(\.values), exact)
      let factor: Double = golden.name == "long" ? 40 : 1
      #expect(distance(ours, exact) * factor <= optax, "\(golden.name)")
    }
  }

  /// Weights that move in steps of `size`. The usual `a += (1-d)·(θ-a)` loses
  /// what lies below half a unit in the last place.
  @Test(arguments: [(size: 1e-3, factor: 0.5), (1e-5, 40), (1e-6, 40)])
  func `in Float stays close for 10 000 updates, however small the steps`(
    size: Double, factor: Double
  ) throws {
    var random = RandomNumbers(seed: 3)
    let decay = 0.9999
    var parameters: [Float] = random.numbers(64)
    var exact = parameters.map { Double($0) }
    var weights = exact
    var usual = parameters
    var average = try ParameterAverage(of: parameters, decay: .constant(decay))
    for _ in 0..<10_000 {
      let steps = random.numbers(64, as: Double.self)
      for i in weights.indices {
        weights[i] += size * steps[i]
        parameters[i] = Float(weights[i])
        exact[i] = decay * exact[i] + (1 - decay) * Double(parameters[i])
        usual[i] += Float(1 - decay) * (parameters[i] - usual[i])
      }
      try average.update(with: parameters)
    }
    let ours = distance([try average.values()], [exact])
    #expect(ours <= 3e-6 * distance([exact], [exact.map { _ in 0 }]))
    #expect(ours * factor <= distance([usual], [exact]))
  }

  private func distance<Scalar: BinaryFloatingPoint>(
    _ values: [[Scalar]], _ exact: [[Double]]
  ) -> Double {
    zip(values.joined(), exact.joined()).reduce(0) {
      $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1)
    }.squareRoot()
  }

  @Test(arguments: CallShape.allCases)
  func `is the same to the bit for every shape of memory and any threads`(
    shape: CallShape
  ) throws {
    try check(Float.self)
    try check(Double.self)

    func check<Scalar: OptimizerScalar>(_: Scalar.Type) throws {
      let isFlat = [.array, .span, .buffer].contains(shape)
      // Threads meet inside the second tensor.
      let sizes = isFlat ? [20_313] : [300, 20_001, 0, 12]
      var onOne = try ParameterAverage<Scalar>(
        .arrays, of: sample(20_313), sizes: sizes, decay: 0.8)
      var average = try ParameterAverage<Scalar>(
        shape, of: sample(20_313), sizes: sizes, decay: 0.8, threads: 3)
      average.threadSplit.byteCountWorthAThread = 8192
      // Two folds.
      for seed in 0..<30 {
        try onOne.update(with: sample(20_313, seed))
        try average.update(shape, with: sample(20_313, seed), sizes: sizes)
      }
      let averages = try onOne.values()
      let hasSameBits = try average.values() == averages
      #expect(hasSameBits)

      var parameters: [Scalar] = sample(20_313, 7)
      try average.swap(shape, with: &parameters, sizes: sizes)
      let areSwappedIn = parameters == averages
      #expect(areSwappedIn)
      try average.swap(shape, with: &parameters, sizes: sizes)
      let areSwappedBack = parameters == sample(20_313, 7)
      #expect(areSwappedBack)
    }
  }

  @Test func `changes no memory beside the parameters`() throws {
    for offset in 0..<16 {
      var average = try ParameterAverage<Float>(of: sample(421), decay: 0.5)
      try average.update(with: sample(421, 1))
      let averages = try average.values()
      var memory = [Float](repeating: 7, count: 480)
      let place = offset..<(offset + 421)
      memory.replaceSubrange(place, with: sample(421, 2))
      var expected = memory
      expected.replaceSubrange(place, with: averages)
      try unsafe memory.withUnsafeMutableBufferPointer {
        var own = unsafe UnsafeMutableBufferPointer(rebasing: $0[place])
        try unsafe average.swap(with: &own)
      }
      #expect(memory == expected)
    }
  }

  @Test func `with decay 0 is the parameters`() throws {
    var average = try ParameterAverage<Float>(of: sample(300), decay: 0)
    #expect(try average.values() == sample(300))
    for seed in 1..<4 {
      try average.update(with: sample(300, seed))
      #expect(try average.values() == sample(300, seed))
    }
  }

  /// The second is 0 in Float alone.
  @Test(arguments: [0, 1e-60, 0.5])
  func `keeps NaN and infinity in their elements`(decay: Double) throws {
    var average = try ParameterAverage<Float>(
      of: [1, 1, 1], decay: .constant(decay))
    try average.update(with: [.nan, .infinity, 1])
    for _ in 0..<40 { try average.update(with: [1, 1, 1]) }
    let values = try average.values()
    #expect(values[0].isNaN && !values[1].isFinite)
    #expect(abs(values[2] - 1) < 1e-6)
  }

  @Test func `takes no element`() throws {
    for shape in CallShape.allCases {
      var none: [Float] = []
      var average = try ParameterAverage<Float>(
        shape, of: none, sizes: [0], decay: 0.5)
      try average.update(shape, with: none, sizes: [0])
      try average.swap(shape, with: &none, sizes: [0])
      try average.swap(shape, with: &none, sizes: [0])
      #expect(try average.values().isEmpty)
      #expect(average.updateCount == 1)
    }
  }

  @Test func `can warm up about as usual`() {
    let warmUp = HyperparameterSchedule.halfLife(
      from: 0.1, to: 0.9999, over: 90_000)
    let isClose = (0..<100_000).allSatisfy { n in
      let usual = min(0.9999, (1 + Double(n)) / (10 + Double(n)))
      return abs(warmUp.value(at: n) - usual) < 0.04
    }
    #expect(isClose)
  }
}

@Suite struct `Averages that are swapped in` {
  @Test func `leave the weights and the average as they were`() throws {
    var average = try ParameterAverage<Double>(of: sample(300), decay: 0.9)
    for seed in 1..<5 { try average.update(with: sample(300, seed)) }
    var plain = try average.copy()
    var parameters: [Double] = sample(300, 4)
    #expect(average.isSwappedIn == false)
    try average.swap(with: &parameters)
    #expect(average.isSwappedIn == true)
    #expect(parameters == (try plain.values()))
    #expect(average.updateCount == 4)

    // A clone keeps the weights too.
    var clone = try average.copy()
    var other = parameters
    try clone.swap(with: &other)
    #expect(other == sample(300, 4))
    #expect(clone.isSwappedIn == false)

    try average.swap(with: &parameters)
    #expect(average.isSwappedIn == false)
    #expect(parameters == sample(300, 4))
    try average.update(with: sample(300, 5))
    try plain.update(with: sample(300, 5))
    let isClose = zip(try average.values(), try plain.values()).allSatisfy {
      abs($0 - $1) <= 1e-15
    }
    #expect(isClose)
  }

  @Test func `take nothing in, and cannot be read or set`() throws {
    var average = try ParameterAverage<Float>(of: sample(300), decay: 0.9)
    try average.update(with: sample(300, 1))
    var parameters: [Float] = sample(300, 2)
    try average.swap(with: &parameters)
    #expect(throws: AdEMAMixError.isSwappedIn) {
      try average.update(with: sample(300, 3))
    }
    #expect(throws: AdEMAMixError.isSwappedIn) {
      try average.update(with: [sample(300, 3)] as [[Float]])
    }
    #expect(throws: AdEMAMixError.isSwappedIn) {
      _ = try average.values()
    }
    #expect(throws: AdEMAMixError.isSwappedIn) {
      try average.restore(updateCount: 0, values: sample(300, 3))
    }
    #expect(average.updateCount == 1)
    try average.swap(with: &parameters)
    #expect(parameters == sample(300, 2))
  }

  @Test func `do not reach a copy of the weights`() throws {
    var average = try ParameterAverage<Float>(of: sample(300), decay: 0.9)
    let copy: [Float] = sample(300, 1)
    var parameters = copy
    try average.swap(with: &parameters)
    #expect(copy == sample(300, 1))
    #expect(parameters == sample(300))
  }
}
