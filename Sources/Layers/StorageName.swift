//===--- StorageName.swift - the storages of moments by name --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// The storages that the library has names for, as the options of commands.
package enum StorageName: String, Codable, Sendable, CaseIterable {
  case full
  case compact
  case minimal

  package var storage: MomentStorage {
    switch self {
    case .full: .full
    case .compact: .compact
    case .minimal: .minimal
    }
  }

  /// The engine for the storage: `blas`, the default, for full moments. Only
  /// `fused` has moments in fewer bits.
  package var engine: StepEngine { self == .full ? .blas : .fused }
}
