//===--- OpenSteps.swift - gradients tensor by tensor, and at once --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Makes the same steps with gradients that come tensor by tensor and with all
/// gradients at once, and compares the bits.
func openSteps(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  for setting in OpenSetting.all {
    var pair = try PairOfSteps<Float>(setting, on: world)
    pair.open.sendsBFloat16Gradients = setting.sendsBFloat16
    pair.once.sendsBFloat16Gradients = setting.sendsBFloat16
    try compare(pair, setting, &findings)
    if !setting.sendsBFloat16 {
      try compare(PairOfSteps<Double>(setting, on: world), setting, &findings)
    }
  }
  return findings
}

/// A setting of an open step.
struct OpenSetting {
  var name: String
  var options = StepOptions()
  var engine = StepEngine.fused
  var placement = StatePlacement.sharded
  /// The most elements of a message.
  var pieceCount: Int? = 300
  var diagnostics = false
  /// Whether ranks have weights.
  var isWeighted = false
  /// Whether some or all ranks lack gradients.
  var lacksGradients = false
  var sendsBFloat16 = false
  /// Whether a gradient is not finite in one of the calls.
  var isPoisoned = false

  init(_ name: String, _ change: (inout OpenSetting) -> Void = { _ in }) {
    self.name = name
    change(&self)
  }

  static var all: [OpenSetting] {
    [
      OpenSetting("plain"),
      OpenSetting("a tile a message") { $0.pieceCount = 1 },
      OpenSetting("few messages") { $0.pieceCount = nil },
      OpenSetting("blas") { $0.engine = .blas },
      OpenSetting("reference") { $0.engine = .reference },
      OpenSetting("replicated") { $0.placement = .replicated },
      OpenSetting("weights") { $0.isWeighted = true },
      OpenSetting("missing") { $0.lacksGradients = true },
      OpenSetting("norm") {
        $0.options.clipping = .globalNorm(3)
        $0.diagnostics = true
      },
      OpenSetting("block, cautious") {
        $0.options.clipping = .blockRMS(0.4)
        $0.options.isCautious = true
        $0.options.updateClipping = 0.5
        $0.diagnostics = true
      },
      OpenSetting("skipped") {
        $0.options.nonFiniteGradients = .skipStep(limit: 3)
        $0.options.clipping = .value(1)
        $0.isPoisoned = true
      },
      OpenSetting("thrown") {
        $0.options.nonFiniteGradients = .throw
        $0.isPoisoned = true
      },
      OpenSetting("zeroed, accumulated") {
        $0.options.nonFiniteGradients = .zeroElements
        $0.options.accumulation = .mean(over: 2)
        $0.isPoisoned = true
        $0.isWeighted = true
      },
      OpenSetting("bfloat16") { $0.sendsBFloat16 = true },
      OpenSetting("bfloat16, replicated, weights, missing") {
        $0.sendsBFloat16 = true
        $0.placement = .replicated
        $0.isWeighted = true
        $0.lacksGradients = true
        $0.options.clipping = .globalNorm(3)
      },
    ]
  }
}

/// Two optimizers of the same model on the same ranks: one whose steps are
/// open, and one whose steps have all gradients at once.
struct PairOfSteps<Scalar: OptimizerScalar>: ~Copyable {
  private static var groups: [ParameterGroup] {
    let rate = Hyperparameters(
      learningRate: .cosineDecay(from: 0.01, over: 50), weightDecay: 0.01
    ).warmingUp(over: 20)
    return [
      ParameterGroup(
        "all",
        tensors: [
          TensorSpec("embedding", shape: [3_001]),
          TensorSpec("layers.0.weight", shape: [50, 50]),
          TensorSpec("layers.0.bias", shape: [37]),
        ], rate),
      ParameterGroup(
        "frozen", tensors: [TensorSpec("layers.0.table", shape: [700])], rate,
        isFrozen: true),
      ParameterGroup(
        "last",
        tensors: [
          TensorSpec("layers.1.weight", shape: [50, 50]),
          TensorSpec("layers.1.bias", shape: [37]),
          TensorSpec("nothing", shape: [0]),
          TensorSpec("head", shape: [1_900]),
        ], Hyperparameters(learningRate: 0.003, beta1: 0)),
    ]
  }

  let setting: OpenSetting
  let layout: ParameterLayout
  var open: DistributedAdEMAMix<Scalar>
  var once: DistributedAdEMAMix<Scalar>
  var parameters: [Scalar]
  var expected: [Scalar]
  private var random: RandomNumbers

  init(
    _ setting: OpenSetting, on world: borrowing MPICommunicator
  ) throws {
    let layout = try ParameterLayout(Self.groups)
    var made = try DistributedAdEMAMix<Scalar>(
      layout, on: world, placement: setting.placement, engine: setting.engine,
      threads: 1, pieceCount: setting.pieceCount)
    made.options = setting.options
    made.options.allowsMissingGradients = setting.lacksGradients
    var other = try DistributedAdEMAMix<Scalar>(
      layout, on: world, placement: setting.placement, engine: setting.engine,
      threads: 1, pieceCount: 512)
    other.options = made.options
    open = made
    once = other
    self.setting = setting
    self.layout = layout
    parameters = ninths(layout.count)
    expected = parameters
    // Each rank has an order of its own.
    random = RandomNumbers(seed: UInt64(world.rank + 1))
  }

  /// This rank's gradient, by tensor.
  func gradients(_ call: Int) -> [[Scalar]] {
    var flat: [Scalar] = rankGradients(
      layout.count, call: call, rank: open.rank, denominator: 7)
    if setting.isPoisoned, call == 1, open.rank == open.rankCount - 1 {
      flat[3_100] = .infinity
    }
    var tensors = layout.split(flat)
    if setting.lacksGradients {
      // One that all ranks lack, and one that all but the first lack.
      tensors[2] = []
      if open.rank > 0 { tensors[call % 2] = [] }
    }
    return tensors
  }

  var weight: Double? { setting.isWeighted ? Double(open.rank * 3 + 1) : nil }

  /// Makes a step whose tensors come in a random order, alone or as parts.
  mutating func stepOpen(_ gradients: [[Scalar]]) throws -> StepReport {
    var calls: [(name: String, tensors: Range<Int>)] = layout.tensors.indices
      .map { (layout.tensors[$0].name, $0..<$0 + 1) }
    // A part has the names of its tensors, or is one array.
    if random.isTrue(0.5), !setting.lacksGradients {
      calls.removeAll { $0.name.hasPrefix("layers.1.") }
      calls.append(("layers.1", 4..<6))
    }
    calls.removeAll { gradients[$0.tensors.lowerBound].isEmpty }
    for index in calls.indices.reversed() {
      calls.swapAt(index, Int(random.next() % UInt64(index + 1)))
    }
    let isFlat = random.isTrue(0.5)
    return try open.openStep(
      &parameters, gradientScale: 0.7, weight: weight,
      diagnostics: setting.diagnostics
    ) { step, _ in
      for (name, tensors) in calls {
        if isFlat || tensors.count == 1 {
          try step.update(
            name, gradients: Array(gradients[tensors].joined()))
        } else {
          try step.update(name, gradients: Array(gradients[tensors]))
        }
        try step.progress()
      }
    }
  }

  /// Makes the same step at once.
  mutating func stepOnce(
    _ gradients: [[Scalar]]
  ) throws(DistributedError) -> StepReport {
    var tensors = layout.split(expected)
    defer { expected = Array(tensors.joined()) }
    return try once.step(
      &tensors, gradients: gradients, gradientScale: 0.7, weight: weight,
      diagnostics: setting.diagnostics)
  }
}

private func compare<Scalar>(
  _ pair: consuming PairOfSteps<Scalar>, _ setting: OpenSetting,
  _ findings: inout Findings
) throws {
  for call in 0..<5 {
    let name = "\(Scalar.self), \(setting.name), call \(call)"
    let gradients = pair.gradients(call)
    let report = Result { try pair.stepOpen(gradients) }
    let right = Result { try pair.stepOnce(gradients) }
    findings.expect(
      "\(report)" == "\(right)", "report of \(name): \(report), not \(right)")
    findings.expect(
      pair.parameters.elementsEqual(pair.expected),
      "parameters of \(name)")
    let expectedCount =
      setting.options.accumulation == StepOptions().accumulation ? call + 1 : 0
    if !setting.isPoisoned {
      findings.expect(
        pair.open.stepCount == expectedCount, "step count of \(name)")
    }
    findings.expect(
      pair.open.stepCount == pair.once.stepCount
        && pair.open.state.zeroedElementCount
          == pair.once.state.zeroedElementCount
        && pair.open.state.skippedStepCount == pair.once.state.skippedStepCount,
      "counts of \(name)")
    // Frozen in the middle of the run: other buckets.
    if call == 2 {
      for group in ["all", "last"] {
        try pair.open.updateGroup(group) { $0.isFrozen = group == "all" }
        try pair.once.updateGroup(group) { $0.isFrozen = group == "all" }
      }
    }
  }
  findings.expect(
    pair.open.state.copyMoments() == pair.once.state.copyMoments(),
    "moments of \(Scalar.self), \(setting.name)")
}

#endif
