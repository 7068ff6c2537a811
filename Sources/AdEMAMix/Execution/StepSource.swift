//===--- StepSource.swift - the caller's memory, piece by piece -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Memory that a call works on, in one pass or several.
protocol StepSource<Scalar> {
  associatedtype Scalar: OptimizerScalar

  /// Calls `body` with memory for all tiles of a grid, once or piece by piece.
  mutating func visit(
    _ grid: TileGrid, for work: PassKind,
    _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void)

  /// The slices that decisions are about: those of the shard, or whole
  /// tensors where the owners of all shards put together what they find.
  func decisionGrid(_ grid: TileGrid) -> TileGrid

  /// The place of the shard's first slice among them.
  func firstDecisionSlice(_ grid: TileGrid) -> Int

  /// Joins what a pass has found with what the owners of other shards have.
  mutating func join(
    _ sums: inout ScanSums, _ grid: TileGrid, after work: PassKind,
    _ options: PassOptions)
}

extension StepSource {
  func decisionGrid(_ grid: TileGrid) -> TileGrid { grid }

  func firstDecisionSlice(_ grid: TileGrid) -> Int { 0 }

  mutating func join(
    _ sums: inout ScanSums, _ grid: TileGrid, after work: PassKind,
    _ options: PassOptions
  ) {}
}

/// Memory behind pointers, all at once.
@safe struct PointerSource<Scalar: OptimizerScalar>: StepSource {
  let memory: ParameterMemory<Scalar>

  mutating func visit(
    _ grid: TileGrid, for work: PassKind,
    _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void
  ) {
    unsafe body(memory, 0..<grid.count)
  }
}

/// No memory, for a layout without elements.
struct EmptySource<Scalar: OptimizerScalar>: StepSource {
  mutating func visit(
    _ grid: TileGrid, for work: PassKind,
    _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void
  ) {}
}

/// Arrays, one for each tensor: only one at a time lends its memory.
struct ArraySource<Scalar: OptimizerScalar>: StepSource {
  /// Owned alone, or a piece would be copied with each visit.
  var parameters: [[Scalar]]
  let gradients: [[Scalar]]

  mutating func visit(
    _ grid: TileGrid, for work: PassKind,
    _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void
  ) {
    for slice in grid.slices {
      unsafe parameters[slice.tensor].withUnsafeMutableBufferPointer {
        parameters in
        unsafe gradients[slice.tensor].withUnsafeBufferPointer {
          unsafe body(
            .single(TensorBuffers(parameters: parameters, gradients: $0)),
            slice.tiles)
        }
      }
    }
  }
}
