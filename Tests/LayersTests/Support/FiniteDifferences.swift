//===--- FiniteDifferences.swift - gradients against differences ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Layers
import Testing

/// Checks each element of a gradient against a central difference of the loss,
/// in `Double`: both are to agree to about 1e-9.
func expectGradient(
  at point: [Double], sourceLocation: SourceLocation = #_sourceLocation,
  _ lossAndGradient: ([Double]) -> (loss: Double, gradient: [Double])
) {
  let gradient = lossAndGradient(point).gradient
  #expect(gradient.count == point.count, sourceLocation: sourceLocation)
  let step = 1e-5
  var worst = (index: 0, error: 0.0)
  for index in point.indices {
    var moved = point
    moved[index] = point[index] + step
    let above = lossAndGradient(moved).loss
    moved[index] = point[index] - step
    let below = lossAndGradient(moved).loss
    let difference = (above - below) / (2 * step)
    let error = abs(difference - gradient[index]) / (1 + abs(difference))
    if !(error <= worst.error) { worst = (index, error) }
  }
  #expect(
    worst.error < 2e-9, "element \(worst.index)",
    sourceLocation: sourceLocation)
  let isTrivial = gradient.allSatisfy { $0 == 0 }
  #expect(!isTrivial, "all gradients are 0", sourceLocation: sourceLocation)
}

/// Numbers that look random, normally distributed.
func normal(_ count: Int, stream: UInt64) -> [Double] {
  let random = CounterRandom(seed: 7, stream: stream)
  return (0..<count).map { random.normal(UInt64($0)) }
}

extension Matrix where Scalar == Double {
  /// Copies of the elements.
  var values: [Double] {
    get {
      (0..<rows).flatMap { row in
        unsafe Array(UnsafeBufferPointer(start: self.row(row), count: columns))
      }
    }
    nonmutating set {
      precondition(newValue.count == rows * columns)
      for (index, value) in newValue.enumerated() {
        unsafe row(index / columns)[index % columns] = value
      }
    }
  }
}

/// The sum of the elements, each with a weight of its own, so that each element
/// has a gradient of its own: the weights.
func weightedSum(_ values: [Double]) -> (sum: Double, weights: [Double]) {
  let weights = normal(values.count, stream: 1_000)
  return (zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }, weights)
}
