//===--- OptaxExampleTests.swift - optax's documented example -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import Testing

@Suite struct `The example of optax's documentation` {
  @Test(arguments: StepEngine.allCases)
  func `prints the documented losses`(engine: StepEngine) throws {
    var x: [Float] = [1, 2, 3]
    var optimizer = try AdEMAMix<Float>(
      [ParameterGroup("x", sizes: [3], Hyperparameters(learningRate: 0.01))],
      engine: engine)
    let losses = try (0..<5).map { _ in
      try optimizer.step(&x, gradients: x.map { 2 * $0 })
      return String(format: "%.2E", x.reduce(0) { $0 + $1 * $1 })
    }
    #expect(
      losses == ["1.39E+01", "1.38E+01", "1.36E+01", "1.35E+01", "1.34E+01"])
  }
}
