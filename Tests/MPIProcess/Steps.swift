//===--- Steps.swift - steps of many ranks, and of one process ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI

/// Makes the same run on all ranks and in one process, with all options, and
/// compares the bits.
func compareSteps(on world: borrowing Communicator) throws -> Findings {
  var findings = Findings()
  try compareSteps(of: Float.self, on: world, &findings)
  try compareSteps(of: Double.self, on: world, &findings)
  return findings
}

/// What a run is made with.
private struct Settings {
  var name: String
  var options = StepOptions()
  var placement = Placement.sharded
  var engine = Engine.blas
  var storage = MomentStorage.full
  /// Small, so that there are several chunks.
  var pieceCount: Int? = 512
  var displacementLimit = Int(CInt.max)

  init(_ name: String, _ change: (inout Settings) -> Void = { _ in }) {
    self.name = name
    change(&self)
  }

  static var all: [Settings] {
    [
      Settings("plain"),
      Settings("fused") { $0.engine = .fused },
      Settings("reference") { $0.engine = .reference },
      Settings("compact") {
        $0.engine = .fused
        $0.storage = .compact
      },
      Settings("minimal") {
        $0.engine = .fused
        $0.storage = .minimal
        $0.options.clipping = .globalNorm(3)
      },
      Settings("one chunk") { $0.pieceCount = nil },
      Settings("a tile a piece") { $0.pieceCount = 1 },
      Settings("broadcasts") { $0.displacementLimit = 100 },
      Settings("replicated") { $0.placement = .replicated },
      Settings("scale") { $0.options.gradientScale = 0.7 },
      Settings("norm") { $0.options.clipping = .globalNorm(3) },
      Settings("replicated norm") {
        $0.placement = .replicated
        $0.options.clipping = .globalNorm(3)
      },
      Settings("value") { $0.options.clipping = .value(1.5) },
      Settings("block") { $0.options.clipping = .blockRMS(1.2) },
      Settings("cautious") { $0.options.isCautious = true },
      Settings("update") { $0.options.updateClipping = 0.9 },
      Settings("measured") { $0.options.measuresDiagnostics = true },
      Settings("accumulated") {
        $0.options.accumulation = .mean(over: 3)
        $0.options.nonFiniteGradients = .zeroElements
      },
      Settings("all") {
        $0.options.gradientScale = 1.25
        $0.options.clipping = .blockRMS(1.2)
        $0.options.isCautious = true
        $0.options.updateClipping = 0.9
        $0.options.accumulation = .sum(over: 2)
        $0.options.nonFiniteGradients = .skipStep(limit: 3)
        $0.options.measuresDiagnostics = true
      },
    ]
  }
}

private func compareSteps<Scalar: OptimizerScalar>(
  of _: Scalar.Type, on world: borrowing Communicator,
  _ findings: inout Findings
) throws {
  for problem in try Problem<Scalar>.all() {
    for settings in Settings.all
    // MPI has its own order of adding to all, and fewer bits are Float's.
    where (problem.isExact || settings.placement == .sharded)
      && (settings.storage == .full || Scalar.self == Float.self)
    {
      try compareSteps(problem, settings, on: world, &findings)
    }
  }
}

private func compareSteps<Scalar: OptimizerScalar>(
  _ problem: Problem<Scalar>, _ settings: Settings,
  on world: borrowing Communicator, _ findings: inout Findings
) throws {
  let what = "\(Scalar.self), \(problem.name), \(settings.name)"
  let layout = try problem.layout(storage: settings.storage)
  var whole = try AdEMAMix<Scalar>(
    layout, engine: settings.engine, threads: 1)
  whole.options = settings.options
  whole.options.gradientScale /= Double(world.size)
  var optimizer = try DistributedAdEMAMix<Scalar>(
    on: world, placement: settings.placement, pieceCount: settings.pieceCount,
    displacementLimit: settings.displacementLimit
  ) { shard throws(DistributedError) in
    do throws(AdEMAMixError) {
      return try AdEMAMix(
        layout, shard: shard(layout), engine: settings.engine,
        threads: 1)
    } catch {
      throw .optimizer(error)
    }
  }
  optimizer.options = settings.options
  var expected = problem.parameters
  var parameters = expected
  for call in 0..<7 {
    var gradients = problem.gradients(rank: world.rank, call: call)
    var sum = problem.gradientSum(ranks: world.size, call: call)
    if call == 4, !sum.isEmpty,
      settings.options.nonFiniteGradients != .propagate
    {
      // Found in the last shard.
      sum[sum.count - 1] = .infinity
      if world.rank == 0 { gradients[sum.count - 1] = .infinity }
    }
    let expectedReport = try whole.step(&expected, gradients: sum)
    let report = try optimizer.step(&parameters, gradients: &gradients)
    findings.expect(
      parameters == expected, "parameters of \(what), call \(call)")
    findings.expect(
      report.isLike(expectedReport),
      "report of \(what), call \(call): \(report), not \(expectedReport)")
  }
  findings.expect(optimizer.stepCount == whole.stepCount, "steps of \(what)")
  findings.expect(
    optimizer.skippedStepCount == whole.skippedStepCount
      && optimizer.zeroedElementCount == whole.zeroedElementCount,
    "counts of \(what)")
}

extension StepReport {
  /// Whether two reports are the same, but for the last bits of diagnostics.
  fileprivate func isLike(_ other: StepReport) -> Bool {
    guard outcome == other.outcome, gradientNorm == other.gradientNorm,
      clipFactor == other.clipFactor,
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
