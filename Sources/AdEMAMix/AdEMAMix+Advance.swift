//===--- AdEMAMix+Advance.swift - a checked call, from options to memory --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Makes a step, or what the options make of it, on memory that has been
  /// checked. Everything that can fail comes before anything that changes.
  mutating func advance<Source: StepSource>(
    _ source: inout Source, _ purpose: StepPurpose
  ) throws(AdEMAMixError) -> StepReport where Source.Scalar == Scalar {
    let batchCount = try prepareCall(purpose)
    return try advance(&source, purpose, of: batchCount)
  }

  /// Does what can fail before the gradient has been looked at.
  ///
  /// - Returns: The number of micro-batches that make up the step.
  // Calls of their own made a step on 1,000 parameters 4 % slower.
  @inline(__always)
  mutating func prepareCall(
    _ purpose: StepPurpose
  ) throws(AdEMAMixError) -> Int {
    try options.check()
    let batchCount = try options.microBatchCount(
      at: clock.count(after: stepCount))
    let isComplete = counts.accumulatedGradients + 1 >= batchCount
    if !isComplete || counts.accumulatedGradients > 0 {
      for index in states.indices where !layout.groups[index].isFrozen {
        try states[index].accumulate(count: batchCount)
      }
    }
    try prepare(purpose)
    return batchCount
  }

  /// Makes a call that has been prepared.
  @inline(__always)
  mutating func advance<Source: StepSource>(
    _ source: inout Source, _ purpose: StepPurpose, of batchCount: Int
  ) throws(AdEMAMixError) -> StepReport where Source.Scalar == Scalar {
    let isComplete = counts.accumulatedGradients + 1 >= batchCount
    if counts.accumulatedGradients > 0 { attachSums() }

    var intake = GradientIntake(
      options, isComplete: isComplete,
      accumulatedCount: counts.accumulatedGradients)
    if intake.needsSurvey {
      run(.survey, Stages(survey: intake.surveyScale), &source)
      let judged = source.judged(plan)
      intake.survey(sums, judged)
      if try isRefused(intake, judged) {
        counts.skippedSteps += 1
        counts.consecutiveSkips += 1
        if purpose == .update { run(.clear, Stages(), &source) }
        return StepReport(outcome: .skipped, gradientNorm: intake.norm)
      }
    }
    counts.consecutiveSkips = 0
    counts.zeroedElements += intake.zeroedElementCount
    var report = StepReport(outcome: .completed)
    report.zeroedElementCount = intake.zeroedElementCount
    if !isComplete {
      intake.setFactors(&factors, source.judged(plan))
      let isFirst = counts.accumulatedGradients == 0
      if isFirst { attachSums() }
      run(
        .accumulate(isFirst: isFirst), Stages(treatment: intake.treatment),
        &source)
      counts.accumulatedGradients += 1
      if purpose == .update { run(.clear, Stages(), &source) }
      report.outcome = .accumulated(
        count: counts.accumulatedGradients, of: batchCount)
      return report
    }
    report.gradientNorm = intake.norm
    report.clipFactor = intake.clipFactor
    intake.setFactors(&factors, source.judged(plan))
    move(Stages(options, purpose, intake.treatment), &source)
    commit()
    if options.measuresDiagnostics {
      report.diagnostics = diagnostics(report, source.judged(plan))
    }
    return report
  }

  /// Whether a gradient makes the call do nothing.
  private func isRefused(
    _ intake: GradientIntake, _ judged: TilePlan
  ) throws(AdEMAMixError) -> Bool {
    guard let (segment, element) = intake.firstNonFinite else { return false }
    switch options.nonFiniteGradients {
    case .propagate, .zeroElements: return false
    case .throw:
      let found = judged.segments[segment]
      let tensor = layout.tensors[found.tensor]
      let isWhole = found.count == tensor.range.count
      let first =
        isWhole ? 0 : max(shard.lowerBound - tensor.range.lowerBound, 0)
      throw .nonFiniteGradient(
        value: element.value, index: first + element.index,
        tensor: tensor.name)
    case .skipStep(let limit):
      guard counts.consecutiveSkips < limit else {
        throw .tooManySkippedSteps(limit: limit)
      }
      return true
    }
  }

  /// Updates moments and parameters: in one pass, unless the update of an
  /// element depends on the whole of its tensor.
  private mutating func move<Source: StepSource>(
    _ stages: Stages, _ source: inout Source
  ) where Source.Scalar == Scalar {
    guard stages.isCautious || stages.limitsUpdates else {
      return run(.step, stages, &source)
    }
    let judged = source.judged(plan)
    if factors.isEmpty {
      factors = Array(
        repeating: SegmentFactors(), count: judged.segments.count)
    }
    run(.average, stages, &source)
    for index in factors.indices {
      factors[index].weigh(
        sums[index], count: judged.segments[index].count, options)
    }
    run(.apply, stages, &source)
  }

  /// Makes one pass over the memory. What it finds is in ``sums`` afterwards.
  private mutating func run<Source: StepSource>(
    _ work: PassWork, _ stages: Stages, _ source: inout Source
  ) where Source.Scalar == Scalar {
    let isPlain = stages.isPlain(work)
    if !isPlain { sums.clear(plan, splitting) }
    let firstJudged = source.firstJudged(plan)
    unsafe source.visit(plan, for: work) { memory, tiles in
      unsafe run(
        work, stages, memory, tiles: tiles, firstFactor: firstJudged)
    }
    if !isPlain { source.join(&sums, plan, after: work, stages) }
  }

  /// The same for some tiles.
  private mutating func run(
    _ work: PassWork, _ stages: Stages, _ memory: ParameterMemory<Scalar>,
    tiles: Range<Int>, firstFactor: Int
  ) {
    let isPlain = stages.isPlain(work)
    unsafe scratch.withUnsafeMutableBufferPointer { scratch in
      unsafe passes.withUnsafeBufferPointer { groups in
        unsafe factors.withUnsafeBufferPointer { factors in
          unsafe sums.withUnsafeMutableParts { sums in
            guard let groups = groups.baseAddress,
              let scratch = scratch.baseAddress
            else { return }
            unsafe StepPass(
              plan: plan, work: work, stages: stages, groups: groups,
              memory: memory, engine: engine, stepCount: counts.steps,
              shardStart: shard.lowerBound, instructionSet: instructionSet,
              scratch: scratch,
              factors: factors.isEmpty
                ? nil : factors.baseAddress.map { unsafe $0 + firstFactor },
              sums: isPlain ? nil : sums.baseAddress
            ).run(tiles: tiles, splitting)
          }
        }
      }
    }
    if !isPlain { sums.collect(plan, tiles: tiles, splitting) }
  }

  /// Computes the coefficients of all groups. Nothing that outlives the call
  /// has changed when this throws.
  private mutating func prepare(
    _ purpose: StepPurpose
  ) throws(AdEMAMixError) {
    for index in states.indices {
      // Spans lend their elements, where arrays would copy them.
      guard !layout.groups.span[index].isFrozen else {
        passes[index] = nil
        continue
      }
      try layout.groups.span[index].storage.check(
        engine, group: layout.groups[index].name)
      let (coefficients, scales) = try coefficients(
        of: layout.groups.span[index], states.span[index].stepCounts,
        states.span[index].scales, for: purpose)
      passes[index] = GroupPass(
        coefficients: coefficients, scales: scales,
        buffers: states[index].buffers)
    }
  }

  /// Lets passes see what has accumulated.
  private mutating func attachSums() {
    for index in states.indices {
      passes[index]?.sum = states[index].sum
      passes[index]?.residue = states[index].residue
    }
  }

  /// Completes the step.
  private mutating func commit() {
    for index in states.indices {
      guard let scales = passes.span[index]?.scales else { continue }
      states[index].scales = scales
      states[index].stepCounts.fast += 1
      states[index].stepCounts.slow += 1
      states[index].stepCounts.second += 1
    }
    counts.steps += 1
    counts.accumulatedGradients = 0
  }
}
