//===--- StepPass.swift - one step over all tiles, split over threads -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Dispatch

/// What a step needs of one group.
struct GroupPass<Scalar: OptimizerScalar> {
  var coefficients: StepCoefficients
  /// The scales once the step is done.
  var scales: MomentScales
  /// `nil` where the shard owns no element of the group.
  var buffers: MomentBuffers<Scalar>?
}

/// Where the caller's memory lies.
@unsafe enum ParameterMemory<Scalar> {
  /// The shard as one buffer.
  case flat(UnsafeMutablePointer<Scalar>, gradients: UnsafePointer<Scalar>)
  /// One buffer for each tensor of the layout.
  case separate(UnsafePointer<TensorBuffers<Scalar>>)
  /// The one tensor whose tiles are to be updated.
  case single(TensorBuffers<Scalar>)
}

/// A step whose input has been checked.
///
/// Threads share it, each for tiles of its own.
@safe struct StepPass<Scalar: OptimizerScalar>: @unchecked Sendable {
  let plan: TilePlan
  /// By group index; `nil` for frozen groups.
  let groups: UnsafePointer<GroupPass<Scalar>?>
  let memory: ParameterMemory<Scalar>
  let engine: Engine
  let instructionSet: InstructionSet
  /// Scratch for each part.
  let squares: UnsafeMutablePointer<Scalar>

  private var tileCount: Int { TilePlan.tileCount(of: Scalar.self) }

  /// Updates the elements of some tiles, in contiguous ranges that run side by
  /// side.
  func run(tiles: Range<Int>, _ splitting: Splitting) {
    let parts = splitting.parts(byteCount: tiles.count * TilePlan.byteCount)
    guard parts > 1 else { return run(tiles: tiles, part: 0) }
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      let start = tiles.lowerBound + tiles.count * part / parts
      let end = tiles.lowerBound + tiles.count * (part + 1) / parts
      run(tiles: start..<end, part: part)
    }
  }

  private func run(tiles: Range<Int>, part: Int) {
    let first = plan.segments.partitioningIndex {
      $0.tiles.upperBound > tiles.lowerBound
    }
    for segment in plan.segments[first...] {
      if segment.tiles.lowerBound >= tiles.upperBound { break }
      update(segment, tiles: tiles, part: part)
    }
  }

  /// Updates the elements of a segment that lie in the given tiles.
  private func update(_ segment: Segment, tiles: Range<Int>, part: Int) {
    guard let group = unsafe groups[segment.group],
      let buffers = group.buffers
    else { return }
    /// The first element of a tile, counted in the segment.
    func element(_ tile: Int) -> Int {
      min(max(tile - segment.tiles.lowerBound, 0) * tileCount, segment.count)
    }
    let start = element(tiles.lowerBound)
    let end = element(tiles.upperBound)
    guard
      let (parameters, gradients) = unsafe addresses(of: segment, from: start)
    else { return }
    let moment = segment.momentStart + start
    let run = unsafe Run(
      count: end - start, parameters: parameters, gradients: gradients,
      fast: buffers.fast.map { unsafe $0 + moment },
      slow: buffers.slow + moment, second: buffers.second + moment,
      coefficients: group.coefficients)
    let routines = Scalar._routines
    switch engine {
    case .blas:
      let offset = part * TilePlan.scratchStride(of: Scalar.self)
      unsafe routines.blas(run, instructionSet, squares + offset)
    case .fused: routines.fused(run, instructionSet)
    case .reference: routines.reference(run)
    }
  }

  /// Where the elements of a segment lie from the given one on.
  private func addresses(
    of segment: Segment, from start: Int
  ) -> (UnsafeMutablePointer<Scalar>, UnsafePointer<Scalar>)? {
    let tensor: TensorBuffers<Scalar>
    switch unsafe memory {
    case .flat(let parameters, let gradients):
      let offset = segment.start + start
      return unsafe (parameters + offset, gradients + offset)
    case .separate(let tensors): unsafe tensor = tensors[segment.tensor]
    case .single(let buffers): unsafe tensor = buffers
    }
    guard let parameters = unsafe tensor.parameters.baseAddress,
      let gradients = unsafe tensor.gradients.baseAddress
    else { return nil }
    return unsafe (parameters + start, gradients + start)
  }
}
