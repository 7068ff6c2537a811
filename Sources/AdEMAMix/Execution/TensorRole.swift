//===--- TensorRole.swift - what a step does with a tensor ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The part that a tensor has in a call.
struct TensorRole {
  /// The index of its operands; `nil` where the call leaves the tensor alone.
  var operands: Int?
  /// Whether the call has a gradient of the tensor. Otherwise the gradient is
  /// 0, and what has accumulated makes the step.
  var hasGradient = true
}
