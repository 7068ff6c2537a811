//===--- Evaluation.swift - the loss and accuracy on some images ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The loss and the accuracy of a model on some images.
package struct Evaluation: Sendable, Hashable {
  /// The mean cross entropy, in nats.
  package let loss: Double
  /// The share of images whose digit gets the largest probability.
  package let accuracy: Double
}
