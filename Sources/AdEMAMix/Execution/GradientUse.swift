//===--- GradientUse.swift - whether a call needs gradients --------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The use that a call makes of gradients.
package enum GradientUse {
  /// The call looks at no gradient.
  case none
  /// The call needs the gradient of each parameter. The tensors for which the
  /// function is true may lack theirs.
  case needed(mayLack: (_ tensor: Int) -> Bool)
}
