//===--- StepArguments.swift - what is alike in a step --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

/// The arguments of a step that must be the same on all ranks.
///
/// Ranks compare them by their names, which appear in errors.
struct StepArguments {
  var gradientScale = 1.0
  var diagnostics = false
  /// The type of the gradients' elements, `none` where a call has no gradients.
  var gradients = "none"
  /// Whether ranks have weights, which may differ.
  var isWeighted = false
  /// The names of tensors that the call leaves alone.
  var leaving: [String] = []

  /// A number that differs between arguments that differ, except for a chance
  /// of one in 2^64.
  ///
  /// It comes from the arguments without a list of fields, since a step must
  /// not take the time that such a list does.
  var digest: UInt64 {
    var digest = Digest()
    digest.add(gradientScale.bitPattern)
    digest.add((diagnostics ? 1 : 0) + (isWeighted ? 2 : 0))
    for text in [gradients] + leaving {
      digest.add(UInt64(text.utf8.count))
      for byte in text.utf8 { digest.add(UInt64(byte)) }
    }
    return digest.value
  }
}

#endif
