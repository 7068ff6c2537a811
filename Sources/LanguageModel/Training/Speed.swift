//===--- Speed.swift - how fast a run is ----------------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Layers

/// How fast steps were, without evaluation and checkpoints.
package struct Speed: Sendable {
  package private(set) var tokens = 0
  package private(set) var seconds = 0.0
  package private(set) var matrixSeconds = 0.0
  package private(set) var operations = 0

  package var tokensPerSecond: Double {
    seconds > 0 ? Double(tokens) / seconds : 0
  }

  /// Operations a second within matrix products.
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
