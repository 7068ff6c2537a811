//===--- StagedRun.swift - a step with options, stage by stage on each tile ===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CAdEMAMixKernels

/// What a pass over memory does.
enum PassWork {
  /// The whole step.
  case step
  /// Adds the gradient to the sum of earlier ones, or begins that sum.
  case accumulate(isFirst: Bool)
  /// Looks at the gradient, and changes nothing.
  case survey
  /// Writes 0 in the place of the parameters.
  case clear
  /// The moments, and the sums that ``SegmentFactors`` come from. The first half
  /// of a step whose update depends on a whole tensor.
  case average
  /// The parameters: its second half.
  case apply
}

/// How a survey judges a gradient.
struct SurveyScale {
  /// What the gradient is multiplied by before it is added to a sum.
  var scale = 1.0
  /// What the sum, or the gradient where there is none, is multiplied by before
  /// it has to be finite in the scalar type.
  var unit = 1.0
}

/// Which stages a step has beyond the equations.
struct Stages {
  var survey = SurveyScale()
  /// How gradients are written anew, where they are.
  var treatment: GradientTreatment?
  var isCautious = false
  var limitsUpdates = false
  var measures = false
  /// Whether the update is written in the place of the parameters.
  var writesUpdate = false

  /// The stages of a step.
  init(
    _ options: StepOptions, _ purpose: StepPurpose,
    _ treatment: GradientTreatment?
  ) {
    self.treatment = treatment
    isCautious = options.isCautious
    limitsUpdates = options.updateClipping != nil
    measures = options.measuresDiagnostics
    writesUpdate = purpose == .update
  }

  /// No stages but the treatment of gradients, or a look at them.
  init(treatment: GradientTreatment? = nil, survey: SurveyScale = .init()) {
    self.treatment = treatment
    self.survey = survey
  }

  /// Whether a pass is that of an engine alone.
  func isPlain(_ work: PassWork) -> Bool {
    guard case .step = work else { return false }
    return treatment == nil && !isCautious && !limitsUpdates && !measures
      && !writesUpdate
  }
}

/// A run that is worked on stage by stage, each tile in the first-level cache.
@safe struct StagedRun<Scalar: OptimizerScalar> {
  let run: Run<Scalar>
  /// The same where its memory is not all of the scalar type.
  let stored: StoredRun?
  let work: PassWork
  let stages: Stages
  let factors: SegmentFactors
  let engine: Engine
  let instructionSet: InstructionSet
  /// Scratch for seven tiles.
  let scratch: UnsafeMutablePointer<Scalar>
  /// The index of the run's first element in its segment.
  let firstIndex: Int
  /// The run's first tile, counted in the plan.
  let firstTile: Int
  /// Kept here, since fetching them takes as long as a call.
  private let routines = Scalar._routines

  var tileCount: Int { TilePlan.tileCount(of: Scalar.self) }
  /// Elements to what a survey fetches: a tile takes it less time than memory
  /// takes to answer.
  private var surveyAhead: Int { 8 * tileCount }
  private var squares: UnsafeMutablePointer<Scalar> { unsafe scratch }
  private var gradients: UnsafeMutablePointer<Scalar> {
    unsafe scratch + tileCount
  }
  private var direction: UnsafeMutablePointer<Scalar> {
    unsafe scratch + 2 * tileCount
  }

  /// Works on all tiles, and adds what was found to `sums`.
  func run(into sums: UnsafeMutablePointer<SegmentSums>) {
    // Its own, since neighbours in memory belong to other threads.
    var found = SegmentSums()
    var measurement = ademamix_measurement()
    defer { unsafe sums.pointee.add(found) }
    var start = 0
    while start < run.count {
      let tile = loaded(from: start)
      switch work {
      case .survey:
        survey(tile, first: firstIndex + start, into: &found)
      case .clear:
        unsafe tile.parameters.update(repeating: 0, count: tile.count)
      case .accumulate(let isFirst):
        accumulate(treated(tile, withSum: !isFirst), isFirst: isFirst)
      case .step:
        let tile = treated(tile, withSum: true)
        average(tile)
        move(tile, measuring: &measurement)
        storeMoments(tile, from: start)
        copyParameters(tile, from: start)
      case .average:
        let tile = treated(tile, withSum: true)
        average(tile)
        weigh(tile, into: &found)
        storeMoments(tile, from: start)
      case .apply:
        let tile = treated(tile, withSum: true)
        move(tile, measuring: &measurement)
        copyParameters(tile, from: start)
      }
      start += tileCount
      let end = firstTile + start / tileCount
      let isLast = start >= run.count || end.isMultiple(of: Splitting.granule)
      if stages.measures, isLast {
        found.measured.add(measurement)
        measurement = ademamix_measurement()
      }
    }
  }

  private func survey(
    _ tile: Run<Scalar>, first: Int, into sums: inout SegmentSums
  ) {
    let survey = stages.survey
    let squares = unsafe routines.squareSum(
      instructionSet, tile.count, surveyAhead, tile.gradients,
      tile.sum, tile.residue, survey.scale)
    if squares == 0, isZero(tile) { return }
    // Below this, squares may have been rounded to 0; above, some element may
    // not be finite in the scalar type.
    let least = 0x1p-900
    let greatest = Double(Scalar.greatestFiniteMagnitude) / survey.unit
    if squares > least, squares.isFinite, squares < greatest * greatest {
      return sums.gradient.squares.add(squares)
    }
    sums.gradient.add(count: tile.count, first: first) { index in
      var accumulated = 0.0
      var total = unsafe Double(tile.gradients[index])
      if let sum = unsafe tile.sum {
        let residue = unsafe tile.residue.map { unsafe Double($0[index]) } ?? 0
        accumulated = unsafe Double(sum[index]) + residue
        total = accumulated + survey.scale * total
      }
      let isFinite = Scalar(survey.unit * total).isFinite
      return SurveyedElement(
        accumulated: accumulated, total: total,
        isRefused: !isFinite && accumulated.isFinite)
    }
  }

  /// Whether a gradient of 0 meets nothing that has accumulated, as in the rows
  /// of an embedding that a batch does not meet. Looking for squares that were
  /// rounded to 0 would take five times as long as the step.
  private func isZero(_ tile: Run<Scalar>) -> Bool {
    let least = Double(Scalar.leastNonzeroMagnitude)
    // The square of a Float is never rounded to 0.
    if unsafe tile.sum == nil, least * least > 0 { return true }
    var nonZeroCount = 0
    for index in 0..<tile.count {
      nonZeroCount += unsafe tile.gradients[index] == 0 ? 0 : 1
    }
    if let sum = unsafe tile.sum {
      for index in 0..<tile.count {
        nonZeroCount += unsafe sum[index] == 0 ? 0 : 1
      }
    }
    if let residue = unsafe tile.residue {
      for index in 0..<tile.count {
        nonZeroCount += unsafe residue[index] == 0 ? 0 : 1
      }
    }
    return nonZeroCount == 0
  }

  /// The tile, with its gradient as the moments are to take it in.
  private func treated(
    _ tile: Run<Scalar>, withSum: Bool
  ) -> Run<Scalar> {
    guard let treatment = stages.treatment else { return tile }
    unsafe routines.treat(
      instructionSet, tile.count, tileCount, tile.gradients,
      withSum ? tile.sum : nil, tile.residue,
      .init(treatment, factor: factors.explicit), gradients)
    return unsafe tile.tile(from: 0, count: tile.count, gradients: gradients)
  }

  private func accumulate(_ tile: Run<Scalar>, isFirst: Bool) {
    guard let sum = unsafe tile.sum else { return }
    if isFirst {
      unsafe sum.update(repeating: 0, count: tile.count)
      unsafe tile.residue?.update(repeating: 0, count: tile.count)
    }
    if let residue = unsafe tile.residue {
      unsafe routines.accumulate(
        instructionSet, tile.count, tileCount, factors.folded, tile.gradients,
        sum, residue)
    } else {
      unsafe routines.axpy(
        tile.count, Scalar(factors.folded), tile.gradients, sum)
    }
  }

  private func average(_ tile: Run<Scalar>) {
    switch engine {
    case .blas:
      unsafe blasAverage(tile, routines, instructionSet, squares: squares)
    case .fused: routines.average(instructionSet, tileCount, tile)
    case .reference: referenceAverage(tile)
    }
  }

  private func direct(_ tile: Run<Scalar>) {
    if engine == .reference {
      unsafe referenceDirection(tile, into: direction)
    } else {
      unsafe routines.direction(
        instructionSet, tileCount, tile, direction)
    }
  }

  /// Finds what the factors of a tensor's update come from.
  private func weigh(_ tile: Run<Scalar>, into sums: inout SegmentSums) {
    if stages.isCautious {
      direct(tile)
      sums.agreementCount += unsafe routines.agreement(
        instructionSet, tile.count, direction, tile.gradients)
    }
    if stages.limitsUpdates {
      let excess = routines.excess(instructionSet, tile, factors.folded)
      if excess.isFinite { sums.excess.add(excess) }
    }
  }

  /// Moves the parameters, or writes the update in their place.
  private func move(
    _ tile: Run<Scalar>, measuring measurement: inout ademamix_measurement
  ) {
    direct(tile)
    if stages.isCautious {
      unsafe routines.mask(
        instructionSet, tile.count, direction, tile.gradients)
    }
    if stages.measures {
      unsafe routines.measure(instructionSet, tile, direction, &measurement)
    }
    if stages.writesUpdate {
      unsafe tile.parameters.update(from: direction, count: tile.count)
    } else {
      unsafe routines.apply(
        instructionSet, tile.count, tile.parameters, direction,
        tile.coefficients.decay)
    }
  }
}
