//===--- GradientExchange.swift - what owners of shards do for each other -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// How the owners of the shards of one model give each other gradients,
/// parameters and what they know of them.
///
/// Nothing here throws: an exchange that fails remembers it, and goes on
/// without the others, so that its owner can say so once the call is over.
package protocol GradientExchange<Scalar>: AnyObject {
  associatedtype Scalar: OptimizerScalar

  /// Begins a call on memory that stays until ``end()``.
  func begin(_ memory: ModelMemory<Scalar>)

  /// Ends a call.
  func end()

  /// The memory for the sums of the shard's gradients; `nil` where sums replace
  /// the caller's gradients, and where the call has none.
  var sums: UnsafePointer<Scalar>? { get }

  /// Calls `work` with all tiles of the shard's grid, some at a time, as soon
  /// as their gradients are there.
  ///
  /// - Parameters:
  ///   - writesParameters: Whether the others get the parameters that `work`
  ///     leaves.
  ///   - work: Works on some tiles.
  func visit(
    writesParameters: Bool, _ work: (_ tiles: Range<Int>) -> Void)

  /// Gives each owner the bytes of all, in the order of the shards, or `nil`
  /// where that failed.
  func gather(_ bytes: [UInt8]) -> [UInt8]?
}
