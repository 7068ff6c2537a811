//===--- StorageVariant.swift - forms of moments and weights --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix
package import Layers

/// The forms in which a run keeps its moments and weights.
package struct StorageVariant: Sendable, Hashable {
  package let storage: StorageName
  package let weights: WeightFormat

  package init(_ storage: StorageName, _ weights: WeightFormat) {
    self.storage = storage
    self.weights = weights
  }

  /// The variants that are compared. The first has everything in `Float`.
  package static let all = [
    StorageVariant(.full, .scalar), StorageVariant(.compact, .scalar),
    StorageVariant(.minimal, .scalar), StorageVariant(.full, .split32),
    StorageVariant(.compact, .split32), StorageVariant(.minimal, .split32),
    StorageVariant(.minimal, .split24),
  ]

  package var name: String {
    weights == .scalar ? storage.rawValue : "\(storage), \(weights)"
  }

  var fileName: String { "\(storage)-\(weights)" }

  /// The bytes of a weight and of its gradient.
  package var modelByteCount: Int {
    2 * (weights == .scalar ? MemoryLayout<Float>.stride : 2)
  }
}
