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
  /// Scratch of one tile for each part.
  let squares: UnsafeMutablePointer<Scalar>

  private var tileCount: Int { TilePlan.tileCount(of: Scalar.self) }

  /// Updates all elements, in `parts` contiguous ranges of whole tiles that run
  /// side by side.
  func run(parts: Int) {
    guard parts > 1 else { return run(tiles: 0..<plan.count, part: 0) }
    DispatchQueue.concurrentPerform(iterations: parts) { part in
      let start = plan.count * part / parts
      let end = plan.count * (part + 1) / parts
      run(tiles: start..<end, part: part)
    }
  }

  private func run(tiles: Range<Int>, part: Int) {
    guard !tiles.isEmpty else { return }
    var index = firstSegment(containing: tiles.lowerBound)
    while index < plan.segments.count,
      plan.segments[index].firstTile < tiles.upperBound
    {
      update(plan.segments[index], tiles: tiles, part: part)
      index += 1
    }
  }

  /// The last segment that starts at or before a tile, by bisection.
  private func firstSegment(containing tile: Int) -> Int {
    var low = 0
    var high = plan.segments.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if plan.segments[middle].firstTile <= tile {
        low = middle
      } else {
        high = middle
      }
    }
    return low
  }

  /// Updates the elements of a segment that lie in the given tiles.
  private func update(_ segment: Segment, tiles: Range<Int>, part: Int) {
    guard let group = unsafe groups[segment.group],
      let buffers = group.buffers
    else { return }
    /// The first element of a tile, counted in the segment.
    func element(_ tile: Int) -> Int {
      let elements = (tile - segment.firstTile) * tileCount - segment.phase
      return min(max(elements, 0), segment.count)
    }
    let start = element(tiles.lowerBound)
    let end = element(tiles.upperBound)
    let parameters: UnsafeMutablePointer<Scalar>
    let gradients: UnsafePointer<Scalar>
    switch unsafe memory {
    case .flat(let flatParameters, let flatGradients):
      unsafe parameters = flatParameters + (segment.start + start)
      unsafe gradients = flatGradients + (segment.start + start)
    case .separate(let tensors):
      // Checked to have as many elements as the segment, so not empty.
      let tensor = unsafe tensors[segment.tensor]
      guard let tensorParameters = unsafe tensor.parameters.baseAddress,
        let tensorGradients = unsafe tensor.gradients.baseAddress
      else { return }
      unsafe parameters = tensorParameters + start
      unsafe gradients = tensorGradients + start
    }
    let moment = segment.momentStart + start
    let run = unsafe Run(
      count: end - start, phase: start == 0 ? segment.phase : 0,
      parameters: parameters, gradients: gradients,
      fast: buffers.fast.map { unsafe $0 + moment },
      slow: buffers.slow + moment, second: buffers.second + moment,
      coefficients: group.coefficients)
    let routines = Scalar._routines
    switch engine {
    case .blas:
      unsafe routines.blas(run, instructionSet, squares + part * tileCount)
    case .fused: routines.fused(run, instructionSet)
    case .reference: routines.reference(run)
    }
  }
}
