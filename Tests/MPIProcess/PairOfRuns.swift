//===--- PairOfRuns.swift - many ranks and one process, side by side ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// The way a run is distributed over the ranks.
struct Distribution {
  var placement = StatePlacement.sharded
  /// A tile of `Float`, so that there are many chunks.
  var pieceCount: Int? = 256
  var displacementLimit = Int(CInt.max)
  var form = TreeForm.inPlace
}

/// The same run on all ranks and in one process.
struct PairOfRuns<Scalar: OptimizerScalar>: ~Copyable {
  var optimizer: DistributedAdEMAMix<Scalar>
  var whole: AdEMAMix<Scalar>
  var parameters: [Scalar]
  private var expected: [Scalar]
  private let denominator: Int
  private let form: TreeForm
  /// The arguments of the next calls.
  private var options: CallOptions

  /// A pair at the start of a scenario. With a denominator of 1 gradients are
  /// integers, whose sums over the ranks have the same bits in every order.
  init(
    _ scenario: Scenario, _ distribution: Distribution = Distribution(),
    denominator: Int = 1, on world: borrowing MPICommunicator
  ) throws {
    let layout = try scenario.layout()
    let (clock, engine) = (scenario.clock, scenario.computation.engine)
    var optimizer = try DistributedAdEMAMix<Scalar>(
      on: world, placement: distribution.placement,
      pieceCount: distribution.pieceCount,
      displacementLimit: distribution.displacementLimit
    ) { shard throws(DistributedError) in
      do throws(AdEMAMixError) {
        return try AdEMAMix(
          layout, shard: shard(layout), clock: clock, engine: engine,
          threads: 1)
      } catch {
        throw .optimizer(error)
      }
    }
    optimizer.options = scenario.options.options
    var whole = try AdEMAMix<Scalar>(
      layout, clock: clock, engine: engine, threads: 1)
    whole.options = scenario.options.options
    options = scenario.options
    self.denominator = denominator
    form = distribution.form
    self.optimizer = optimizer
    self.whole = whole
    parameters = ninths(layout.count)
    expected = parameters
  }

  /// A pair of these groups, with no options.
  init(_ groups: [ParameterGroup], on world: borrowing MPICommunicator) throws {
    try self.init(Scenario(groups, events: []), on: world)
  }

  /// Lets an event happen to both, and compares what comes of it.
  mutating func apply(
    _ event: Scenario.Event, _ findings: inout Findings,
    _ text: @autoclosure () -> String = ""
  ) throws {
    var report: StepReport?
    let error = thrownError { () throws(DistributedError) in
      switch event {
      case .step(let gradient):
        var own = gradients(gradient, rank: optimizer.rank)
        report = try form.step(
          &optimizer, &parameters, &own, gradientScale: options.gradientScale,
          diagnostics: options.measuresDiagnostics)
      case .complete:
        report = try form.completeStep(
          &optimizer, &parameters, diagnostics: options.measuresDiagnostics)
      default: try event.apply(to: &optimizer)
      }
    }
    var right: StepReport?
    let expectedError = thrownError { () throws(AdEMAMixError) in
      switch event {
      case .step(let gradient):
        right = try whole.step(
          &expected, gradients: gradientSum(gradient),
          gradientScale: options.gradientScale / Double(optimizer.rankCount),
          diagnostics: options.measuresDiagnostics)
      case .complete:
        right = try whole.completeStep(
          &expected, diagnostics: options.measuresDiagnostics)
      case .options(let new):
        options = new
        whole.options = new.options
      default: try event.apply(to: &whole)
      }
    }
    // By their texts: NaN in an error equals nothing.
    findings.expect(
      error?.description
        == expectedError.map { DistributedError.optimizer($0).description },
      "\(String(describing: error)) of \(text()), \(event)")
    let isLike =
      if let report, let right { report.isLike(right) } else {
        report == nil && right == nil
      }
    findings.expect(
      isLike,
      "report of \(text()), \(event): \(String(describing: report)), not "
        + "\(String(describing: right))")
    findings.expect(
      areEqual(parameters, expected), "parameters of \(text()), \(event)")
    let counts = [
      optimizer.stepCount, optimizer.state.skippedStepCount,
      optimizer.state.zeroedElementCount,
      optimizer.state.accumulatedGradientCount,
    ]
    let wholeCounts = [
      whole.stepCount, whole.skippedStepCount, whole.zeroedElementCount,
      whole.accumulatedGradientCount,
    ]
    findings.expect(
      counts == wholeCounts, "counts of \(text()), \(event): \(counts)")
  }

  /// Makes the next step.
  mutating func step(_ findings: inout Findings) throws {
    try apply(.step(Gradient(whole.stepCount)), &findings)
  }

  /// Makes a step in which the last rank has a NaN.
  mutating func stepWithNaN(at index: Int) -> DistributedError? {
    var gradients = gradients(0, rank: optimizer.rank)
    if optimizer.rank == optimizer.rankCount - 1 { gradients[index] = .nan }
    // The run in one process meets the same NaN, and counts it if it is
    // skipped.
    var sum = gradientSum(0)
    sum[index] = .nan
    _ = try? whole.step(
      &expected, gradients: sum,
      gradientScale: options.gradientScale / Double(optimizer.rankCount))
    return thrownError { () throws(DistributedError) in
      try optimizer.step(&parameters, gradients: &gradients)
    }
  }

  /// The gradient of a rank. The first one has what is not finite.
  private func gradients(_ gradient: Gradient, rank: Int) -> [Scalar] {
    var elements: [Scalar] = rankGradients(
      expected.count, call: gradient.seed, rank: rank, denominator: denominator)
    for index in elements.indices where gradient.isZero(at: index) {
      elements[index] *= 0
    }
    for (index, poison) in gradient.poison where rank == 0 {
      elements[index] = Scalar(poison.value)
    }
    return elements
  }

  /// The sum over all ranks, in their order and in `Double`, rounded once.
  private func gradientSum(_ gradient: Gradient) -> [Scalar] {
    var sums = [Double](repeating: 0, count: expected.count)
    for rank in 0..<optimizer.rankCount {
      for (index, element) in gradients(gradient, rank: rank).enumerated() {
        sums[index] += Double(element)
      }
    }
    return sums.map { Scalar($0) }
  }

  private func areEqual(_ a: [Scalar], _ b: [Scalar]) -> Bool {
    a == b
      || zip(a, b).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }
  }
}

/// The gradient of a rank in a call: integers from -4 to 6, or fractions.
func rankGradients<Scalar: OptimizerScalar>(
  _ count: Int, call: Int, rank: Int = 0, denominator: Int = 1
) -> [Scalar] {
  smallIntegers(count, call: call, rank: rank).map {
    Scalar($0 - 4) / Scalar(denominator)
  }
}

extension Scenario.Event {
  /// Lets an event happen that needs no parameters.
  fileprivate func apply<Scalar>(
    to optimizer: inout DistributedAdEMAMix<Scalar>
  ) throws(DistributedError) {
    switch self {
    case .discard: try optimizer.discardAccumulatedGradients()
    case .options(let options): optimizer.options = options.options
    case .edit(let group, let edit):
      try optimizer.updateGroup(group) { edit.apply(to: &$0) }
    case .damp(let factor, let group):
      try optimizer.dampSlowMoment(by: factor, inGroup: group)
    case .reset(let group): try optimizer.resetSlowMoment(inGroup: group)
    default: preconditionFailure("no ranks are asked for \(self)")
    }
  }
}

extension StepReport {
  /// Whether two reports are the same, but for the last bits of diagnostics.
  fileprivate func isLike(_ other: StepReport) -> Bool {
    guard outcome == other.outcome,
      gradientNorm == other.gradientNorm
        || gradientNorm?.isNaN == true && other.gradientNorm?.isNaN == true,
      clipFactor == other.clipFactor
        || clipFactor.isNaN && other.clipFactor.isNaN,
      zeroedElementCount == other.zeroedElementCount,
      diagnostics?.groups.count == other.diagnostics?.groups.count
    else { return false }
    guard let own = diagnostics, let expected = other.diagnostics else {
      return true
    }
    let pairs = zip(
      own.groups.map(\.measurement) + [own.total],
      expected.groups.map(\.measurement) + [expected.total])
    return pairs.allSatisfy { own, expected in
      own.count == expected.count
        && isNear(own.gradientRMS, expected.gradientRMS)
        && isNear(own.fastRMS, expected.fastRMS)
        && isNear(own.slowRMS, expected.slowRMS)
        && isNear(own.secondRMS, expected.secondRMS)
        && isNear(own.updateRMS, expected.updateRMS)
        && isNear(own.fastSlowCosine, expected.fastSlowCosine)
    }
  }
}

private func isNear(_ a: Double, _ b: Double) -> Bool {
  a == b || a.isNaN && b.isNaN || abs(a - b) <= 1e-6 * abs(b)
}

#endif
