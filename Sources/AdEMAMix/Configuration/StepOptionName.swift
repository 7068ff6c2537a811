//===--- StepOptionName.swift - the name of an option ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The name of an option, in errors.
package enum StepOptionName: String, Sendable, Hashable, Codable, CaseIterable {
  /// The gradient scale of a call.
  case gradientScale
  /// The weight of a micro-batch, alone or times the gradient scale.
  case weight
  /// The limit of ``StepOptions/clipping``.
  case clippingLimit
  /// The limit of ``NonFinitePolicy/skipStep(limit:)``.
  case skipLimit
  /// The number of micro-batches of ``StepOptions/accumulation``, once rounded.
  case microBatchCount
  /// ``StepOptions/updateClipping``
  case updateClipping

  /// The range, as the end of a sentence that starts "it must".
  var rule: String {
    switch self {
    case .gradientScale: "be finite and positive"
    case .weight:
      "lie in 2^-60 ... 2^60, and be finite times the gradient scale"
    case .clippingLimit, .updateClipping: "be positive"
    case .skipLimit: "be at least 0"
    case .microBatchCount: "round to 1 to 2^53"
    }
  }

  func accepts(_ value: Double) -> Bool {
    switch self {
    case .gradientScale: value.isFinite && value > 0
    case .weight: (0x1p-60...0x1p60).contains(value)
    case .clippingLimit, .updateClipping: value > 0
    case .skipLimit: value >= 0
    case .microBatchCount: (1...0x1p53).contains(value.rounded())
    }
  }

  func check(_ value: Double) throws(AdEMAMixError) {
    guard accepts(value) else { throw .optionOutOfRange(self, value: value) }
  }
}
