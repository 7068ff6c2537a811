//===--- StorageErrors.swift - a file of scripts/storage ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The errors of moments in fewer bits, as `scripts/storage --json` writes
/// them.
struct StorageErrors: Decodable {
  let storageErrors: [Study]

  /// The errors for gradients with some noise.
  struct Study: Decodable {
    let noise: Double
    let steps: Int
    let rows: [Row]
  }

  /// A way to store moments, and its errors by the name of the quantity.
  struct Row: Decodable {
    let name: String
    let errors: [String: Double]
  }
}
