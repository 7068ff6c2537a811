//===--- CallerMemory.swift - the memory that a call works on -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The memory that a caller lends for one call, whatever the call does with it:
/// a step, the update alone, an average.
@safe enum CallerMemory<Scalar: OptimizerScalar> {
  /// One buffer for all parameters of the shard.
  case flat(ParameterBuffers<Scalar>)
  /// One buffer for each tensor of the layout.
  case tensors([ParameterBuffers<Scalar>])
  /// Trees with arrays. Only one tensor at a time lends its memory.
  case trees(CallerTensors<Scalar>)

  /// Calls `body` with memory for some tiles of a grid, once or piece by piece.
  mutating func visit(
    _ grid: TileGrid, tiles: Range<Int>,
    _ body: (LentMemory<Scalar>, Range<Int>) -> Void
  ) {
    if tiles.isEmpty { return }
    switch self {
    case .flat(let buffers): unsafe body(.flat(buffers), tiles)
    case .tensors(let tensors):
      unsafe tensors.withUnsafeBufferPointer {
        guard let first = $0.baseAddress else { return }
        unsafe body(.tensors(first), tiles)
      }
    case .trees(var trees):
      // Taken out, so that arrays are owned alone.
      self = unsafe .tensors([])
      for index in grid.slices(in: tiles) {
        let slice = grid.slices[index]
        unsafe trees.lend(slice.tensor) {
          unsafe body(.tensor($0), slice.tiles.clamped(to: tiles))
        }
      }
      self = .trees(trees)
    }
  }
}
