//===--- PassExecutor.swift - one step over all tiles, split over threads -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// A pass over the memory of a step whose input has been checked.
///
/// Threads share it, each for tiles of its own.
@safe struct PassExecutor<Scalar: OptimizerScalar>: @unchecked Sendable {
  let grid: TileGrid
  let kind: PassKind
  let options: PassOptions
  /// By group index, `nil` for frozen groups, and then those of tensors.
  let groups: UnsafePointer<GroupOperands<Scalar>?>
  /// By tensor index; `nil` where all tensors are like their groups.
  let roles: UnsafePointer<TensorRole>?
  let memory: LentMemory<Scalar>
  let engine: StepEngine
  /// The steps completed, which rounding goes by.
  let stepCount: Int
  let table: KernelTable<Scalar>
  /// Scratch for each worker.
  let scratch: UnsafeMutablePointer<Scalar>
  /// By slice index; `nil` where all are 1.
  let factors: UnsafePointer<SliceFactors>?
  /// The update of the average of all parameters of the shard, in a pass that
  /// moves them.
  let average: AverageUpdate<Scalar>?
  /// By the sum of slice and part index, see ``ScanSums``. `nil` for a plain
  /// step.
  let sums: UnsafeMutablePointer<SliceSums>?
  /// By tile; `nil` where no update depends on the signs of gradients alone.
  let signs: UnsafeMutablePointer<ademamix_signs>?

  private var tileLength: Int { TileGrid.tileLength(of: Scalar.self) }

  /// Works on some tiles, in contiguous ranges that run side by side.
  ///
  /// Specialized here, so that all code below it is specialized, whoever calls.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run(_ division: ThreadSplit.Division) {
    division.run { tiles, part, worker in
      for index in grid.slices(in: tiles) {
        work(onSlice: index, tiles: tiles, part: part, worker: worker)
      }
    }
  }

  /// Works on the elements of a slice that lie in the given tiles.
  private func work(
    onSlice index: Int, tiles: Range<Int>, part: Int, worker: Int
  ) {
    let slice = grid.slices[index]
    let role =
      unsafe roles?[slice.tensor] ?? TensorRole(operands: slice.group)
    guard let place = role.operands, let group = unsafe groups[place],
      let buffers = group.buffers
    else { return }
    let elements = slice.elements(in: tiles, tileLength: tileLength)
    let start = elements.lowerBound
    guard var memory = unsafe memory.elements(of: slice, from: start) else {
      return
    }
    var options = options
    if !role.hasGradient {
      options.hasGradient = false
      unsafe memory.dropGradients()
    }
    let scratch =
      unsafe self.scratch
      + worker * TileGrid.scratchStride(of: Scalar.self)
    let moment = slice.momentStart + start
    let factors = unsafe factors?[index] ?? SliceFactors()
    let operands = unsafe SliceOperands(
      count: elements.count, memory: memory, buffers: buffers,
      moments: slice.moments, start: start,
      accumulated: group.accumulated.map { unsafe $0.elements + moment },
      compensation: group.compensation.map { unsafe $0.elements + moment },
      corrections: group.corrections.map {
        unsafe $0.elements + moment * $0.stride
      },
      correctionByteCount: group.corrections?.stride ?? 0,
      coefficients: unsafe self.factors == nil
        ? group.coefficients
        : group.coefficients.scaled(by: factors, hasFast: buffers.hasFast),
      firstElement: grid.firstElement + slice.start + start,
      stepCount: stepCount)
    let average = average?.from(slice.start + start)
    if let sums = unsafe sums {
      let firstTile = slice.tiles.lowerBound + start / tileLength
      let pipeline = unsafe TilePipeline(
        operands, kind, options, factors, engine, table, average,
        scratch: scratch, firstTile: firstTile,
        signs: signs.map { unsafe $0 + firstTile * TileGrid.signsATile })
      return unsafe pipeline.run(into: sums + index + part)
    }
    let quantized = operands.isScalar ? nil : operands.quantized(table)
    let scalar = operands.scalar
    // Gradients are set to 0, and averages take parameters in, while they are
    // in a cache.
    let stretch =
      unsafe memory.clearsGradients || average != nil
      ? TileGrid.tilesACache * tileLength : max(1, elements.count)
    for start in stride(from: 0, to: elements.count, by: stretch) {
      let count = min(stretch, elements.count - start)
      if let quantized {
        unsafe quantized.step(from: start, count: count)
      } else if let scalar {
        let run = unsafe scalar.tile(
          from: start, count: count, gradients: scalar.gradients + start)
        switch engine {
        case .blas: unsafe blasStep(run, table, scratch: scratch)
        case .fused: fusedStep(run, table)
        case .reference: referenceStep(run)
        }
      }
      unsafe average?.run(
        from: start, count: count, memory.parameters, quantized,
        scratch: scratch)
      unsafe memory.clearGradients(from: start, count: count)
    }
  }
}
