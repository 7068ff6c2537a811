//===--- StorageName.swift - how examples store their moments -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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

  /// The default where it can be: only `fused` has moments in fewer bits.
  package var engine: Engine { self == .full ? .blas : .fused }
}
