//===--- AdEMAMix+OpenStep.swift - a step made tensor by tensor -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Makes a step of which the tensors get their gradients one after the other,
  /// in any order: each as soon as the backward pass has it, so that the memory
  /// of the gradient can be used again for the next ("gradient release").
  ///
  ///     try optimizer.openStep { step in
  ///       for index in model.layers.indices.reversed() {
  ///         let gradient = backward(&flow, through: model.layers[index])
  ///         try step.update(
  ///           "layers.\(index)", &model.layers[index], gradients: gradient)
  ///       }
  ///     }
  ///
  /// The result has the bits of the same step at once, but for the last bits of
  /// two options that look at each gradient before the moments take it in: with
  /// ``NonFinitePolicy/zeroElements`` where an element is zeroed, and with
  /// clipping by block where a factor or an element is extreme.
  ///
  /// The step ends with the closure. Until then the optimizer belongs to the
  /// step: the compiler refuses other calls of an optimizer in a variable, such
  /// as to save it, and in a property of a class they trap.
  ///
  /// A decision about the whole gradient would come too late for the tensors
  /// that have been updated. So clipping by the global norm, the policies that
  /// throw or skip a step for gradients that are not finite, and accumulation
  /// are refused, and so is an ``average`` of the optimizer. Clipping by value
  /// or by block and ``NonFinitePolicy/zeroElements`` work.
  ///
  /// - Parameters:
  ///   - gradientScale: The factor of all gradients, as in other steps.
  ///   - diagnostics: Whether the step measures, as other steps do.
  ///   - body: Hands over the gradients. An error that it throws ends the step
  ///     too.
  /// - Returns: The report of the step.
  /// - Throws: ``AdEMAMixError`` as other steps do, and for options that need
  ///   the whole gradient: then `body` was not called, and nothing has changed.
  ///   Once `body` has ended, for tensors that got no gradient, unless
  ///   ``StepOptions/allowsMissingGradients`` lets them be left alone; and the
  ///   error of `body`. Then tensors that were updated have made the step, and
  ///   the others were left alone. If there are none of the former, no step was
  ///   made.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func openStep(
    gradientScale: Double = 1, diagnostics: Bool = false,
    _ body: (OpenStep<Scalar>) throws -> Void
  ) throws -> StepReport {
    forgetMissing()
    try options.checkOpenStep()
    guard counts.accumulatedGradients == 0 else {
      throw AdEMAMixError.openStep("gradients that have accumulated")
    }
    let batchCount = try options.microBatchCount(
      at: clock.count(after: stepCount))
    guard batchCount == 1 else {
      throw AdEMAMixError.openStep("accumulation of gradients")
    }
    guard average == nil else {
      throw AdEMAMixError.openStep("an average of the optimizer")
    }
    let plan = try prepare(
      StepCall(.step, gradientScale, diagnostics), isMixed: false)
    let step = OpenStep(consume self, plan)
    let result = Result<Void, any Error> { try body(step) }
    self = step.end()
    return try end(plan, step.findings, result)
  }

  /// Ends a step whose closure has ended.
  private mutating func end(
    _ plan: StepPlan, _ findings: OpenStepFindings,
    _ result: Result<Void, any Error>
  ) throws -> StepReport {
    let forgotten = grid.slices.map(\.tensor).filter {
      !findings.updated.contains($0)
    }
    let isRefused = !forgotten.isEmpty && !options.allowsMissingGradients
    if !forgotten.isEmpty, forgotten.count == grid.slices.count {
      // Frozen tensors make no step.
      _ = try result.get()
      if isRefused { throw missing(forgotten) }
    }
    if !forgotten.isEmpty {
      fillRoles()
      for tensor in forgotten { workspace.roles[tensor].operands = nil }
    }
    commit()
    lastArguments = plan.call.arguments
    counts.consecutiveSkips = 0
    counts.zeroedElements.count(findings.zeroedElementCount)
    _ = try result.get()
    if isRefused { throw missing(forgotten) }
    var report = StepReport(outcome: .completed)
    report.zeroedElementCount = findings.zeroedElementCount
    report.clipFactor = findings.clipFactor
    if plan.scans {
      report.gradientNorm = findings.gradient.norm * plan.scale
    }
    if plan.call.measures {
      let norms = findings.norms.sorted { $0.key < $1.key }.map(\.value)
      report.diagnostics = self.diagnostics(report, norms)
    }
    return report
  }

  private func missing(_ tensors: [Int]) -> AdEMAMixError {
    .missingGradients(tensors.map { layout.tensors[$0].name })
  }

  /// Updates some neighbouring tensors in a step that is open.
  ///
  /// - Parameters:
  ///   - range: The indices of the tensors.
  ///   - tensors: Their parameters and gradients.
  ///   - plan: The plan of the step.
  ///   - findings: The findings of the step so far.
  /// - Throws: ``AdEMAMixError`` as ``OpenStep/update(_:_:gradients:)`` does.
  mutating func update(
    _ range: Range<Int>, _ tensors: CallerTensors<Scalar>, _ plan: StepPlan,
    _ findings: inout OpenStepFindings
  ) throws(AdEMAMixError) {
    for tensor in range where findings.updated.contains(tensor) {
      throw .updatedTwice(layout.tensors[tensor].name)
    }
    try checkForm(isSplit: tensors.weights.isGiven)
    var plan = plan
    if tensors.isMixed { plan.engine = try engine(isMixed: true) }
    let count = tensorSizes[range].reduce(0, +)
    do throws(MemoryFault) {
      try tensors.check(
        sizes: Array(tensorSizes[range]).span, count: count,
        .needed(
          options.allowsMissingGradients && !tensors.isFlat
            ? layout : nil, allowsMissing: options.allowsMissingGradients),
        &workspace.bufferOrder)
    } catch {
      throw AdEMAMixError(error, layout, from: range.lowerBound)
    }
    var updated = Set(range)
    // Tensors that may still get a gradient in a later call.
    var lacking: [(tensor: Int, role: TensorRole)] = []
    defer { for (tensor, role) in lacking { workspace.roles[tensor] = role } }
    if options.allowsMissingGradients, !tensors.isFlat {
      for tensor in range
      where tensorSizes[tensor] > 0
        && tensors.gradientCount(of: tensor - range.lowerBound) == 0
      {
        fillRoles()
        lacking.append((tensor, workspace.roles[tensor]))
        workspace.roles[tensor].operands = nil
        updated.remove(tensor)
      }
    }
    let whole = grid
    grid = TileGrid(whole, tensors: range)
    defer { grid = whole }
    tensors.lend { memory in
      let decision =
        plan.scans
        ? scan(plan, &memory)
        : GradientDecision(
          options, plan, limit: gradientLimit(in: Scalar.self), scan: nil)
      if plan.scans {
        let zeroes = options.nonFiniteGradients == .zeroElements
        for index in grid.slices.indices {
          let found = workspace.sums[index].gradient
          findings.gradient.add(zeroes ? found.withoutRefused() : found)
        }
      }
      decision.write(&workspace.factors, count: grid.slices.count)
      update(PassOptions(options, plan, decision.transform), plan, &memory)
      for slice in grid.frozen { memory.clearGradients(slice) }
      findings.zeroedElementCount.count(decision.zeroedElementCount)
      let clip = decision.clipFactor
      if clip < findings.clipFactor || clip.isNaN { findings.clipFactor = clip }
      if plan.call.measures {
        let moved = grid.slices.filter {
          workspace.operands(of: $0, in: grid) != nil
        }
        for (slice, norms) in zip(moved, measuredNorms(grid)) {
          findings.norms[range.lowerBound + slice.tensor] = norms
        }
      }
    }
    findings.updated.formUnion(updated)
    findings.last = range
  }
}

extension StepOptions {
  /// Checks that no decision needs the whole gradient.
  fileprivate func checkOpenStep() throws(AdEMAMixError) {
    if case .globalNorm = clipping {
      throw .openStep("clipping by the global norm")
    }
    switch nonFiniteGradients {
    case .throw: throw .openStep("the policy throw")
    case .skipStep: throw .openStep("the policy skipStep")
    case .propagate, .zeroElements: break
    }
  }
}
