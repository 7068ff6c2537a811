//===--- UpdateForm.swift - the equations of a group ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The equations that a group follows.
public enum UpdateForm: String, Sendable, Hashable, Codable, CaseIterable {
  /// The equations of ``AdEMAMix``.
  case standard
  /// The equations of simplified AdEMAMix, which `Hyperparameters.simplified`
  /// makes.
  case simplified
}
