//===--- SlowAverageTests.swift - averages whose decay is next to 1 -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `A very slow average of the parameters` {
  /// Rounded to the nearest, steps of 1e-7 of the average were off by 7e-5
  /// after 3,000 updates of weights that stay where they are.
  @Test(arguments: [1e-4, 1e-5, 1e-6, 1e-7, 1e-8], [0, 1e-3])
  func `in Float stays close however near to 1 the decay`(
    share: Double, size: Double
  ) throws {
    var random = RandomNumbers(seed: 4)
    var parameters: [Float] = random.numbers(300)
    var exact = parameters.map { Double($0) }
    var average = try ParameterAverage(
      of: parameters, decay: .constant(1 - share))
    for _ in 0..<3_000 {
      let steps: [Float] = random.numbers(300)
      for i in parameters.indices {
        parameters[i] += Float(size) * steps[i]
        exact[i] = (1 - share) * exact[i] + share * Double(parameters[i])
      }
      try average.update(with: parameters)
    }
    #expect(
      relativeDistance(try average.values(), exact.map { Float($0) }) < 3e-6)
  }

  @Test func `has the same bits for any threads, shapes and resumes`()
    throws
  {
    let sizes = [700, 3, 5000]
    let count = 5703
    func averages(
      _ threads: Int, _ shape: CallShape
    ) throws -> [Float] {
      var random = RandomNumbers(seed: 5)
      var average = try ParameterAverage<Float>(
        shape, of: random.numbers(count), sizes: sizes,
        decay: .constant(1 - 1e-6), threads: threads)
      average.threadSplit.byteCountWorthAThread = 4096
      for step in 0..<40 {
        var parameters: [Float] = random.numbers(count)
        if step == 20 {
          (parameters[7], parameters[8]) = (.nan, .infinity)
          average = try average.copy()
        }
        try average.update(shape, with: parameters, sizes: sizes)
      }
      return try average.values()
    }
    let expected = try averages(1, .array)
    #expect(expected[7].isNaN && expected[8] == .infinity)
    #expect(expected.count { !$0.isFinite } == 2)
    for shape in CallShape.allCases {
      for threads in [1, 3] {
        let bits = try averages(threads, shape).map(\.bitPattern)
        #expect(bits == expected.map(\.bitPattern), "\(shape), \(threads)")
      }
    }
  }
}
