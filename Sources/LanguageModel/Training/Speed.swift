//===--- Speed.swift - the speed of a run ---------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Layers

/// The time and work of the steps of a run, without evaluations and
/// checkpoints.
package struct Speed: Sendable {
  package private(set) var tokens = 0
  package private(set) var seconds = 0.0
  package private(set) var matrixSeconds = 0.0
  package private(set) var operations = 0

  package var tokensPerSecond: Double {
    seconds > 0 ? Double(tokens) / seconds : 0
  }

  /// The number of operations a second within matrix products.
  package var matrixRate: Double {
    matrixSeconds > 0 ? Double(operations) / matrixSeconds : 0
  }

  mutating func add(tokens: Int, _ duration: Duration, _ work: MatrixWork) {
    self.tokens += tokens
    seconds += duration / .seconds(1)
    matrixSeconds += work.seconds
    operations += work.operations
  }
}
