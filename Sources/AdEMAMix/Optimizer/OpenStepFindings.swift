//===--- OpenStepFindings.swift - what an open step has found -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The findings of an open step so far.
struct OpenStepFindings {
  /// The tensors that have made the step.
  var updated: Set<Int> = []
  /// The tensors of the last update.
  var last = 0..<0
  var zeroedElementCount = 0
  /// The smallest clipping factor of any tensor.
  var clipFactor = 1.0
  /// The sums over all gradients, where a scan comes before the updates.
  var gradient = GradientSums()
  /// The measured norms by tensor, where the step measures.
  var norms: [Int: SquaredNorms] = [:]
}
