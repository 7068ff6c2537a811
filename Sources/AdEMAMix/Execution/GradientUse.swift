//===--- GradientUse.swift - whether a call needs gradients --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The use that a call makes of gradients.
package enum GradientUse {
  /// The call looks at no gradient.
  case none
  /// The call needs the gradient of each parameter. Tensors of the layout's
  /// frozen groups may lack theirs, and so may all tensors where
  /// `allowsMissing` says so, and those of the list, which ascends. None may
  /// where there is no layout.
  // A layout, since a closure would be allocated in each call.
  case needed(
    ParameterLayout?, allowsMissing: Bool = false, missing: [Int] = [])

  /// Whether the call looks at gradients.
  var needsGradients: Bool {
    if case .none = self { false } else { true }
  }

  /// Whether a tensor's gradient may be missing.
  func mayLack(_ tensor: Int) -> Bool {
    switch self {
    case .none: true
    case .needed(let layout, let allowsMissing, let missing):
      layout.map {
        allowsMissing || $0.groups[$0.tensors[tensor].group].isFrozen
          || missing.hasInOrder(tensor)
      } ?? false
    }
  }
}
