//===--- OptimizerName.swift - the optimizers of the example --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The name of an optimizer. Both optimizers are of one type: AdamW is AdEMAMix
/// with alpha 0.
package enum OptimizerName: String, Codable, Sendable, CaseIterable {
  case adamw
  case ademamix
}
