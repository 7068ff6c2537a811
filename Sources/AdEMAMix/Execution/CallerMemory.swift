//===--- CallerMemory.swift - the memory that a call works on -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
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

  /// Writes 0 in the place of a slice's parameters.
  func clear(_ slice: TensorSlice) {
    unsafe lend(slice) { memory, _ in
      unsafe memory.parameters?.update(repeating: 0, count: slice.count)
    }
  }

  /// Sets the gradients of a slice to 0, where there are some and they are to
  /// be.
  func clearGradients(_ slice: TensorSlice) {
    unsafe lend(slice) { memory, hasGradients in
      if hasGradients {
        unsafe memory.clearGradients(from: 0, count: slice.count)
      }
    }
  }

  /// Rounds the parameters of a slice into their copy, if there is one.
  func round(
    _ slice: TensorSlice,
    _ round: (
      UnsafeBufferPointer<Scalar>, UnsafeMutableBufferPointer<BFloat16>
    ) -> Void
  ) {
    unsafe lend(slice) { memory, _ in
      guard let copy = unsafe memory.bfloat16Copy else { return }
      unsafe round(
        UnsafeBufferPointer(start: memory.parameters, count: slice.count),
        UnsafeMutableBufferPointer(start: copy, count: slice.count))
    }
  }

  /// Lends the memory of a slice, and tells whether it has gradients.
  ///
  /// - Parameters:
  ///   - slice: The slice.
  ///   - place: The place of the slice in memory that has more than the shard.
  ///     `nil` is memory of the shard alone.
  ///   - body: Uses the memory.
  func lend(
    _ slice: TensorSlice, at place: SlicePlace? = nil,
    _ body: (ElementMemory<Scalar>, Bool) -> Void
  ) {
    let place = place ?? SlicePlace(inAll: slice.start, inTensor: 0)
    func lend(_ buffers: ParameterBuffers<Scalar>, from start: Int) {
      guard let memory = unsafe ElementMemory(buffers, from: start) else {
        return
      }
      unsafe body(memory, buffers.gradientCount > 0)
    }
    switch self {
    case .flat(let buffers): unsafe lend(buffers, from: place.inAll)
    case .tensors(let tensors):
      unsafe lend(tensors[slice.tensor], from: place.inTensor)
    case .trees(let trees):
      unsafe trees.lend(slice.tensor) { unsafe lend($0, from: place.inTensor) }
    }
  }

  /// Calls `body` with memory for some tiles of a grid, once or several times.
  func visit(
    _ grid: TileGrid, tiles: Range<Int>, for _: PassKind,
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
    case .trees(let trees):
      for index in grid.slices(in: tiles) {
        let slice = grid.slices[index]
        unsafe trees.lend(slice.tensor) {
          unsafe body(.tensor($0), slice.tiles.clamped(to: tiles))
        }
      }
    }
  }
}
