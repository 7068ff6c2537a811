//===--- GradientSending.swift - how ranks send gradients -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// The way in which ranks send gradients.
struct GradientSending {
  /// Whether gradients are sent while the backward pass goes on.
  var overlaps = false
  /// Whether gradients are sent in bfloat16.
  var isNarrow = false
}
#endif
