//===--- PassExecutor.swift - one step over all tiles, split over threads -===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A pass over the memory of a step whose input has been checked.
///
/// Threads share it, each for tiles of its own.
@safe struct PassExecutor<Scalar: OptimizerScalar>: @unchecked Sendable {
  let grid: TileGrid
  let kind: PassKind
  let options: PassOptions
  /// By group index; `nil` for frozen groups.
  let groups: UnsafePointer<GroupOperands<Scalar>?>
  let memory: ParameterMemory<Scalar>
  let engine: Engine
  /// The steps completed, and the shard's first element: what rounding goes by.
  let stepCount: Int
  let shardStart: Int
  let table: KernelTable<Scalar>
  /// Scratch for each worker.
  let scratch: UnsafeMutablePointer<Scalar>
  /// By slice index; `nil` where all are 1.
  let factors: UnsafePointer<SliceFactors>?
  /// By the sum of slice and worker index, see ``ScanSums``. `nil` for a plain
  /// step.
  let sums: UnsafeMutablePointer<SliceSums>?

  private var tileCount: Int { TileGrid.tileCount(of: Scalar.self) }

  /// Works on some tiles, in contiguous ranges that run side by side.
  ///
  /// Specialized, so that everything below is whoever calls it.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run(tiles: Range<Int>, _ threadSplit: ThreadSplit) {
    threadSplit.run(tiles) { run(tiles: $0, worker: $1) }
  }

  private func run(tiles: Range<Int>, worker: Int) {
    for index in grid.slices(in: tiles) {
      work(onSlice: index, tiles: tiles, worker: worker)
    }
  }

  /// Works on the elements of a slice that lie in the given tiles.
  private func work(onSlice index: Int, tiles: Range<Int>, worker: Int) {
    let slice = grid.slices[index]
    guard let group = unsafe groups[slice.group],
      let buffers = group.buffers
    else { return }
    let elements = slice.elements(in: tiles, tileCount: tileCount)
    let (start, end) = (elements.lowerBound, elements.upperBound)
    let scratchOffset = worker * TileGrid.scratchStride(of: Scalar.self)
    let scratch = unsafe self.scratch + scratchOffset
    guard
      let (parameters, gradients) = unsafe addresses(
        of: slice, from: start, scratch)
    else { return }
    let moment = slice.momentStart + start
    let factors = unsafe factors?[index] ?? SliceFactors()
    let run = unsafe StepOperands(
      count: end - start, parameters: parameters, gradients: gradients,
      accumulated: group.accumulated.map { unsafe $0.elements + moment },
      compensation: group.compensation.map { unsafe $0.elements + moment },
      fast: buffers.fast.map { unsafe address(of: $0, moment, scratch) },
      slow: address(of: buffers.slow, moment, scratch),
      second: address(of: buffers.second, moment, scratch),
      coefficients: unsafe self.factors == nil
        ? group.coefficients
        : group.coefficients.scaled(by: factors, hasFast: buffers.hasFast))
    let narrow = unsafe narrowMemory(of: slice, from: start)
    var quantized: QuantizedOperands?
    if unsafe narrow != nil || !buffers.storage.isFull {
      quantized = unsafe QuantizedOperands(
        run, narrow: narrow, buffers, slice.moments, from: start,
        first: shardStart + slice.start + start, stepCount: stepCount, table)
    }
    guard let sums = unsafe sums else {
      if let quantized { return quantized.step() }
      switch engine {
      case .blas: unsafe blasStep(run, table, scratch: scratch)
      case .fused: fusedStep(run, table)
      case .reference: referenceStep(run)
      }
      return
    }
    let pipeline = unsafe TilePipeline(
      run: run, quantized: quantized, work: kind, options: options,
      factors: factors, engine: engine, table: table, scratch: scratch,
      firstIndex: start,
      firstTile: slice.tiles.lowerBound + start / tileCount)
    unsafe pipeline.run(into: sums + index + worker)
  }

  /// Where the elements of a slice lie from the given one on.
  private func addresses(
    of slice: TensorSlice, from start: Int,
    _ scratch: UnsafeMutablePointer<Scalar>
  ) -> (UnsafeMutablePointer<Scalar>, UnsafePointer<Scalar>)? {
    let tensor: TensorBuffers<Scalar>
    switch unsafe memory {
    case .flat(let parameters, let gradients):
      let offset = slice.start + start
      return unsafe (parameters + offset, gradients + offset)
    case .narrow(let parameters, _):
      return unsafe (
        parameters + (slice.start + start), UnsafePointer(scratch)
      )
    case .separate(let tensors): unsafe tensor = tensors[slice.tensor]
    case .single(let buffers): unsafe tensor = buffers
    }
    guard let parameters = unsafe tensor.parameters.baseAddress else {
      return nil
    }
    // Without a gradient, an address that is not read.
    guard
      let gradients = unsafe options.hasGradient
        ? tensor.gradients.baseAddress : UnsafePointer(parameters)
    else { return nil }
    return unsafe (parameters + start, gradients + start)
  }

  /// Where the elements of a moment lie, or scratch where no engine is to touch
  /// them.
  private func address(
    of moment: MomentBuffer<Scalar>, _ start: Int,
    _ scratch: UnsafeMutablePointer<Scalar>
  ) -> UnsafeMutablePointer<Scalar> {
    unsafe moment.format == .scalar ? moment.scalars + start : scratch
  }

  private func narrowMemory(
    of slice: TensorSlice, from start: Int
  ) -> NarrowMemory? {
    guard case .narrow(_, let memory) = unsafe memory else { return nil }
    return unsafe memory + (slice.start + start)
  }
}
