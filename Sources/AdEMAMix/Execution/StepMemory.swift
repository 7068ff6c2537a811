//===--- StepMemory.swift - the memory of a step's passes ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The memory that the passes of a step work on: the caller's, or a part of it
/// beside the owners of other shards.
protocol StepMemory<Scalar> {
  associatedtype Scalar: OptimizerScalar

  /// Calls `body` with memory for some tiles of a grid, once or several times.
  mutating func visit(
    _ grid: TileGrid, tiles: Range<Int>, for kind: PassKind,
    _ body: (LentMemory<Scalar>, Range<Int>) -> Void)

  /// The slices that decisions are about: those of the shard, or whole
  /// tensors where the owners of all shards put together what they find.
  func decisionGrid(_ grid: TileGrid) -> TileGrid

  /// The place of the shard's first slice among them.
  func firstDecisionSlice(_ grid: TileGrid) -> Int

  /// Joins the findings of a pass with those of the owners of other shards.
  mutating func join(
    _ sums: inout ScanSums, _ grid: TileGrid, after kind: PassKind,
    _ options: PassOptions)
}

extension CallerMemory: StepMemory {
  func decisionGrid(_ grid: TileGrid) -> TileGrid { grid }

  func firstDecisionSlice(_ grid: TileGrid) -> Int { 0 }

  mutating func join(
    _ sums: inout ScanSums, _ grid: TileGrid, after kind: PassKind,
    _ options: PassOptions
  ) {}
}
