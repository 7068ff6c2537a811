//===--- AdEMAMix+Execute.swift - a checked call, from options to memory --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Does what can fail before the gradient has been looked at: everything that
  /// can fail comes before anything that changes.
  // Calls of their own made a step on 1,000 parameters 4 % slower.
  @inline(__always)
  mutating func prepare(
    _ call: StepCall, isMixed: Bool
  ) throws(AdEMAMixError) -> StepPlan {
    try options.check()
    try call.check()
    let plan = try StepPlan(
      options, call, engine(isMixed: isMixed),
      at: clock.count(after: stepCount),
      accumulatedCount: counts.accumulatedGradients,
      accumulatedWeight: accumulatedWeight)
    if plan.accumulates {
      for index in states.indices where !layout.groups[index].isFrozen {
        try states[index].accumulate(count: plan.microBatchCount)
      }
    }
    try prepareGroups(plan)
    try prepareAverage(plan)
    return plan
  }

  /// Makes a call that has been prepared: scan, decide, and either add the
  /// gradient to those that have accumulated, or complete the step.
  mutating func execute<Memory: StepMemory>(
    _ memory: inout Memory, _ plan: StepPlan
  ) throws(AdEMAMixError) -> StepReport where Memory.Scalar == Scalar {
    if plan.accumulatedCount > 0 { attachAccumulated() }
    let decision =
      plan.scans
      ? scan(plan, &memory)
      : GradientDecision(
        options, plan, limit: gradientLimit(in: Scalar.self), scan: nil)
    if try isRefused(decision, memory) {
      counts.skippedSteps.count()
      counts.consecutiveSkips.count()
      if plan.call.purpose == .update {
        run(.clear, PassOptions(), plan, &memory)
      }
      return StepReport(outcome: .skipped, gradientNorm: decision.norm)
    }
    counts.consecutiveSkips = 0
    counts.zeroedElements.count(decision.zeroedElementCount)
    decision.write(
      &workspace.factors, count: memory.decisionGrid(grid).slices.count)
    var report = StepReport(outcome: .completed)
    report.zeroedElementCount = decision.zeroedElementCount
    guard plan.isComplete else {
      accumulate(decision, plan, &memory)
      if plan.call.purpose == .update {
        run(.clear, PassOptions(), plan, &memory)
      }
      report.outcome = .accumulated(
        count: counts.accumulatedGradients, of: plan.microBatchCount)
      return report
    }
    report.gradientNorm = decision.norm
    report.clipFactor = decision.clipFactor
    update(PassOptions(options, plan, decision.transform), plan, &memory)
    commit()
    if plan.call.measures {
      report.diagnostics = diagnostics(
        report, measuredNorms(memory.decisionGrid(grid)))
    }
    return report
  }

  /// Reads the gradient, and decides about it.
  mutating func scan<Memory: StepMemory>(
    _ plan: StepPlan, _ memory: inout Memory
  ) -> GradientDecision where Memory.Scalar == Scalar {
    run(
      .scan,
      PassOptions(
        scan: ScanScale(options, plan), hasGradient: plan.hasGradient),
      plan, &memory)
    return GradientDecision(
      options, plan, limit: gradientLimit(in: Scalar.self),
      scan: (workspace.sums, memory.decisionGrid(grid)))
  }

  /// Whether a gradient makes the call do nothing.
  private func isRefused(
    _ decision: GradientDecision, _ memory: borrowing some StepMemory<Scalar>
  ) throws(AdEMAMixError) -> Bool {
    guard let (slice, element) = decision.firstNonFinite else { return false }
    switch options.nonFiniteGradients {
    case .propagate, .zeroElements: return false
    case .throw:
      let found = memory.decisionGrid(grid).slices[slice]
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

  /// Adds the gradient to those that have accumulated.
  private mutating func accumulate<Memory: StepMemory>(
    _ decision: GradientDecision, _ plan: StepPlan,
    _ memory: inout Memory
  ) where Memory.Scalar == Scalar {
    let isFirst = plan.accumulatedCount == 0
    if isFirst { attachAccumulated() }
    let missing = workspace.missing
    unaccumulatedTensors =
      isFirst ? missing : unaccumulatedTensors.filter { missing.hasInOrder($0) }
    run(
      .accumulate(isFirst: isFirst), PassOptions(transform: decision.transform),
      plan, &memory)
    accumulatedWeight = (isFirst ? 0 : accumulatedWeight) + plan.call.weight
    counts.accumulatedGradients.count()
  }

  /// Updates moments and parameters: in one pass, unless the update of an
  /// element depends on the whole of its tensor.
  mutating func update<Memory: StepMemory>(
    _ pass: PassOptions, _ plan: StepPlan, _ memory: inout Memory
  ) where Memory.Scalar == Scalar {
    guard pass.isCautious || pass.limitsUpdates else {
      return run(.step, pass, plan, &memory)
    }
    let slices = memory.decisionGrid(grid).slices
    if workspace.factors.isEmpty {
      workspace.factors = Array(repeating: SliceFactors(), count: slices.count)
    }
    if pass.keepsSigns(plan.engine) {
      workspace.prepareSigns(tileCount: grid.tiles.upperBound)
    }
    run(.moments, pass, plan, &memory)
    for index in slices.indices {
      workspace.factors[index].updateFactors(
        workspace.sums[index], count: slices[index].count, options)
    }
    run(.parameters, pass, plan, &memory)
  }

  /// Makes one pass over the memory. Its findings are in the workspace's sums
  /// afterwards.
  private mutating func run<Memory: StepMemory>(
    _ kind: PassKind, _ pass: PassOptions, _ plan: StepPlan,
    _ memory: inout Memory
  ) where Memory.Scalar == Scalar {
    let isPlain = pass.isPlain(kind)
    if !isPlain { workspace.sums.clear(grid, threadSplit) }
    let firstSlice = memory.firstDecisionSlice(grid)
    let average = workspace.average?.0
    assert(
      !kind.followsDecision || workspace.factors.isEmpty
        || firstSlice + grid.slices.count <= workspace.factors.count)
    unsafe memory.visit(grid, tiles: grid.tiles, for: kind) {
      lent, tiles in
      let division = threadSplit.division(of: tiles)
      unsafe workspace.withMemory {
        unsafe PassExecutor(
          grid: grid, kind: kind, options: pass, groups: $0.groups,
          roles: $0.roles.map { unsafe $0 + grid.firstTensor }, memory: lent,
          engine: plan.engine, stepCount: counts.steps,
          table: KernelTable(instructionSet),
          scratch: $0.scratch,
          factors: kind.followsDecision
            ? $0.factors.map { unsafe $0 + firstSlice } : nil,
          average: kind.writesParameters ? average : nil,
          sums: isPlain ? nil : $0.sums,
          signs: pass.keepsSigns(plan.engine) ? $0.signs : nil
        ).run(division)
      }
      if !isPlain { workspace.sums.collect(grid, division) }
    }
    if !isPlain { memory.join(&workspace.sums, grid, after: kind, pass) }
  }

  /// Computes the coefficients of all groups. Nothing that outlives the call
  /// has changed when this throws.
  private mutating func prepareGroups(
    _ plan: StepPlan
  ) throws(AdEMAMixError) {
    for index in states.indices {
      // Spans lend their elements, where arrays would copy them.
      guard !layout.groups.span[index].isFrozen else {
        workspace.groups[index] = nil
        continue
      }
      try layout.groups.span[index].storage.check(
        plan.engine, group: layout.groups[index].name)
      let (coefficients, scales) = try coefficients(
        of: layout.groups.span[index], states.span[index].history,
        for: plan.call.purpose)
      workspace.groups[index] = GroupOperands(
        group: index, coefficients: coefficients, scales: scales,
        buffers: states[index].buffers,
        corrections: states[index].corrections)
    }
    if workspace.groups.count > states.count {
      workspace.groups.removeLast(workspace.groups.count - states.count)
    }
    if !workspace.roles.isEmpty {
      workspace.roles.removeAll(keepingCapacity: true)
    }
    if !tensorHistories.isEmpty || !workspace.missing.isEmpty
      || !unaccumulatedTensors.isEmpty
    {
      try prepareTensors(plan)
    }
  }

  /// Finds the part of each tensor in a call, where some have no gradient or a
  /// history of their own.
  private mutating func prepareTensors(
    _ plan: StepPlan
  ) throws(AdEMAMixError) {
    fillRoles()
    if plan.hasGradient {
      for tensor in workspace.missing {
        workspace.roles[tensor].hasGradient = false
        // A step of several micro-batches takes in what has accumulated, and
        // its first micro-batch makes the sums of all tensors 0. So a step of
        // one gradient leaves the tensor alone, and so do later micro-batches.
        if plan.isComplete == (plan.accumulatedCount == 0) {
          workspace.roles[tensor].operands = nil
        }
      }
    }
    if plan.isComplete {
      for tensor in unaccumulatedTensors
      where !plan.hasGradient || !workspace.roles[tensor].hasGradient {
        workspace.roles[tensor].operands = nil
      }
    }
    var last: TensorHistories.Entry?
    for entry in tensorHistories.entries {
      let group = layout.tensors[entry.tensor].group
      guard workspace.roles[entry.tensor].operands != nil,
        workspace.groups[group] != nil
      else { continue }
      // The tensors of one expert lie side by side, and have one history.
      if let last, last.history == entry.history,
        layout.tensors[last.tensor].group == group
      {
        workspace.roles[entry.tensor].operands =
          workspace.roles[last.tensor].operands
        continue
      }
      let (coefficients, scales) = try coefficients(
        of: layout.groups[group], entry.history, for: plan.call.purpose)
      workspace.roles[entry.tensor].operands = workspace.groups.count
      workspace.groups.append(
        GroupOperands(
          group: group, coefficients: coefficients, scales: scales,
          buffers: states[group].buffers,
          corrections: states[group].corrections))
      last = entry
    }
  }

  /// Gives each tensor a part in the call, that of its group.
  mutating func fillRoles() {
    if !workspace.roles.isEmpty { return }
    workspace.roles.append(
      contentsOf: layout.tensors.lazy.map { TensorRole(operands: $0.group) })
  }

  /// Lets passes see what has accumulated.
  private mutating func attachAccumulated() {
    for index in workspace.groups.indices {
      guard let group = workspace.groups.span[index]?.group else { continue }
      workspace.groups[index]?.accumulated = states[group].accumulated
      workspace.groups[index]?.compensation = states[group].compensation
    }
  }

  /// Completes the step.
  mutating func commit() {
    if !workspace.roles.isEmpty { commitTensors() }
    for index in states.indices {
      guard let scales = workspace.groups.span[index]?.scales else { continue }
      states[index].history.count(scales)
    }
    if let (_, scale) = workspace.average {
      average?.complete(scale, sizes: tensorSizes)
    }
    counts.steps.count()
    counts.accumulatedGradients = 0
    accumulatedWeight = 0
  }

  /// Completes the step of tensors with a history of their own, and begins one
  /// for those that the step has left alone.
  private mutating func commitTensors() {
    let (roles, operands) = (workspace.roles, workspace.groups)
    tensorHistories.update { tensor, history in
      guard let place = roles[tensor].operands, let own = operands[place]
      else { return }
      history.count(own.scales)
    }
    for (tensor, role) in roles.enumerated() where role.operands == nil {
      let group = layout.tensors[tensor].group
      // A frozen group's history stands still too.
      if operands[group] != nil {
        tensorHistories.split(tensor, from: states[group].history)
      }
    }
    unaccumulatedTensors = []
  }
}
