//===--- StepPass.swift - one step over all tiles, split over threads -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What a step needs of one group.
struct GroupPass<Scalar: OptimizerScalar> {
  var coefficients: StepCoefficients
  /// The scales once the step is done.
  var scales: MomentScales
  /// `nil` where the shard owns no element of the group.
  var buffers: MomentBuffers<Scalar>?
  /// The accumulated gradients, where there are any.
  var sum: GradientBuffer<Scalar>?
  /// What rounding has lost of them, where that is kept.
  var residue: GradientBuffer<Scalar>?
}

/// Where the caller's memory lies.
@unsafe enum ParameterMemory<Scalar> {
  /// The shard as one buffer.
  case flat(UnsafeMutablePointer<Scalar>, gradients: UnsafePointer<Scalar>)
  /// One buffer for each tensor of the layout.
  case separate(UnsafePointer<TensorBuffers<Scalar>>)
  /// The one tensor whose tiles are to be updated.
  case single(TensorBuffers<Scalar>)
  /// The shard as one buffer, its gradients and a copy in bfloat16.
  case narrow(UnsafeMutablePointer<Scalar>, NarrowMemory)
}

/// A pass over the memory of a step whose input has been checked.
///
/// Threads share it, each for tiles of its own.
@safe struct StepPass<Scalar: OptimizerScalar>: @unchecked Sendable {
  let plan: TilePlan
  let work: PassWork
  let stages: Stages
  /// By group index; `nil` for frozen groups.
  let groups: UnsafePointer<GroupPass<Scalar>?>
  let memory: ParameterMemory<Scalar>
  let engine: Engine
  /// The steps completed, and the shard's first element: what rounding goes by.
  let stepCount: Int
  let shardStart: Int
  let instructionSet: InstructionSet
  /// Scratch for each part.
  let scratch: UnsafeMutablePointer<Scalar>
  /// By segment index; `nil` where all are 1.
  let factors: UnsafePointer<SegmentFactors>?
  /// By the sum of segment and part index, see ``SurveySums``. `nil` for a plain
  /// step.
  let sums: UnsafeMutablePointer<SegmentSums>?

  private var tileCount: Int { TilePlan.tileCount(of: Scalar.self) }

  /// Works on some tiles, in contiguous ranges that run side by side.
  func run(tiles: Range<Int>, _ splitting: Splitting) {
    splitting.run(tiles) { run(tiles: $0, part: $1) }
  }

  private func run(tiles: Range<Int>, part: Int) {
    for index in plan.segments(in: tiles) {
      work(onSegment: index, tiles: tiles, part: part)
    }
  }

  /// Works on the elements of a segment that lie in the given tiles.
  private func work(onSegment index: Int, tiles: Range<Int>, part: Int) {
    let segment = plan.segments[index]
    guard let group = unsafe groups[segment.group],
      let buffers = group.buffers
    else { return }
    let elements = segment.elements(in: tiles, tileCount: tileCount)
    let (start, end) = (elements.lowerBound, elements.upperBound)
    let scratchOffset = part * TilePlan.scratchStride(of: Scalar.self)
    let scratch = unsafe self.scratch + scratchOffset
    guard
      let (parameters, gradients) = unsafe addresses(
        of: segment, from: start, scratch)
    else { return }
    let moment = segment.momentStart + start
    let factors = unsafe factors?[index] ?? SegmentFactors()
    let run = unsafe Run(
      count: end - start, parameters: parameters, gradients: gradients,
      sum: group.sum.map { unsafe $0.elements + moment },
      residue: group.residue.map { unsafe $0.elements + moment },
      fast: buffers.fast.map { unsafe address(of: $0, moment, scratch) },
      slow: address(of: buffers.slow, moment, scratch),
      second: address(of: buffers.second, moment, scratch),
      coefficients: unsafe self.factors == nil
        ? group.coefficients
        : group.coefficients.scaled(by: factors, hasFast: buffers.hasFast))
    let narrow = unsafe narrowMemory(of: segment, from: start)
    var stored: StoredRun?
    if unsafe narrow != nil || !buffers.storage.isFull {
      stored = unsafe StoredRun(
        run, narrow: narrow, buffers, segment.momentPart, from: start,
        first: shardStart + segment.start + start, stepCount: stepCount)
    }
    let routines = Scalar._routines
    guard let sums = unsafe sums else {
      if let stored { return stored.step(instructionSet) }
      switch engine {
      case .blas: unsafe routines.blas(run, instructionSet, scratch)
      case .fused: routines.fused(run, instructionSet)
      case .reference: routines.reference(run)
      }
      return
    }
    unsafe routines.staged(
      StagedRun(
        run: run, stored: stored, work: work, stages: stages, factors: factors,
        engine: engine,
        instructionSet: instructionSet, scratch: scratch, firstIndex: start,
        firstTile: segment.tiles.lowerBound + start / tileCount),
      sums + index + part)
  }

  /// Where the elements of a segment lie from the given one on.
  private func addresses(
    of segment: Segment, from start: Int,
    _ scratch: UnsafeMutablePointer<Scalar>
  ) -> (UnsafeMutablePointer<Scalar>, UnsafePointer<Scalar>)? {
    let tensor: TensorBuffers<Scalar>
    switch unsafe memory {
    case .flat(let parameters, let gradients):
      let offset = segment.start + start
      return unsafe (parameters + offset, gradients + offset)
    case .narrow(let parameters, _):
      return unsafe (
        parameters + (segment.start + start), UnsafePointer(scratch)
      )
    case .separate(let tensors): unsafe tensor = tensors[segment.tensor]
    case .single(let buffers): unsafe tensor = buffers
    }
    guard let parameters = unsafe tensor.parameters.baseAddress,
      let gradients = unsafe tensor.gradients.baseAddress
    else { return nil }
    return unsafe (parameters + start, gradients + start)
  }

  /// Where the elements of a moment lie, or scratch where no engine is to touch
  /// them.
  private func address(
    of moment: StoredMoment<Scalar>, _ start: Int,
    _ scratch: UnsafeMutablePointer<Scalar>
  ) -> UnsafeMutablePointer<Scalar> {
    unsafe moment.format == .scalar ? moment.scalars + start : scratch
  }

  private func narrowMemory(
    of segment: Segment, from start: Int
  ) -> NarrowMemory? {
    guard case .narrow(_, let memory) = unsafe memory else { return nil }
    return unsafe memory + (segment.start + start)
  }
}
