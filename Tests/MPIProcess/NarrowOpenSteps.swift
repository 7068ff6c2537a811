//===--- NarrowOpenSteps.swift - open steps on bfloat16 -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Makes open steps on weights that are split, and on parameters with a copy in
/// bfloat16, and compares the bits with steps at once.
func narrowOpenSteps(
  on world: borrowing MPICommunicator
) throws -> Findings {
  var findings = Findings()
  for placement in [StatePlacement.sharded, .replicated] {
    for form in WeightFormat.allCases {
      for options in StepOptions.narrow {
        var pair = try NarrowPair(form, placement, options, on: world)
        for call in 0..<4 { try pair.step(call, &findings) }
        try pair.refuse(&findings)
      }
    }
  }
  return findings
}

extension StepOptions {
  /// Options by which ranks decide about the whole gradient, and others.
  fileprivate static var narrow: [StepOptions] {
    var missing = StepOptions()
    missing.allowsMissingGradients = true
    missing.clipping = .globalNorm(3)
    var batches = StepOptions()
    batches.accumulation = .mean(over: 2)
    return [StepOptions(), missing, batches]
  }
}

/// An optimizer whose steps are open, and one whose steps have all gradients at
/// once. Either has weights that are split, or parameters and their copy.
private struct NarrowPair: ~Copyable {
  let name: String
  let layout: ParameterLayout
  let isSplit: Bool
  var open: DistributedAdEMAMix<Float>
  var once: DistributedAdEMAMix<Float>
  var own: Memory
  var expected: Memory
  private var random: RandomNumbers

  struct Memory: Equatable {
    var parameters: [Float]
    /// The upper parts of split weights, or the copy.
    var narrow: [BFloat16]
  }

  init(
    _ form: WeightFormat, _ placement: StatePlacement, _ options: StepOptions,
    on world: borrowing MPICommunicator
  ) throws {
    let layout = try ParameterLayout(FormsOfSteps.groups)
    var open = try DistributedAdEMAMix<Float>(
      layout, on: world, placement: placement, weights: form, engine: .fused,
      threads: 1, pieceCount: 300)
    open.options = options
    var once = try DistributedAdEMAMix<Float>(
      layout, on: world, placement: placement, weights: form, engine: .fused,
      threads: 1, pieceCount: 512)
    once.options = options
    var own = Memory(
      parameters: ninths(layout.count),
      narrow: Array(repeating: BFloat16(7), count: layout.count))
    var expected = own
    if form != .scalar {
      try open.split(own.parameters, into: &own.narrow)
      try once.split(expected.parameters, into: &expected.narrow)
    }
    name = "\(form), \(placement), \(options)"
    isSplit = form != .scalar
    self.layout = layout
    self.open = open
    self.once = once
    self.own = own
    self.expected = expected
    // Each rank has an order of its own.
    random = RandomNumbers(seed: UInt64(world.rank + 1))
  }

  /// Gradients that bfloat16 rounds, but for tensors that a rank lacks.
  private func gradients(_ call: Int) -> [[Float]] {
    var tensors = layout.split(
      rankGradients(
        layout.count, call: call, rank: open.rank, denominator: 7) as [Float])
    if open.options.allowsMissingGradients {
      tensors[0] = []
      if open.rank > 0 { tensors[4] = [] }
    }
    return tensors
  }

  /// Makes the same step on both.
  mutating func step(_ call: Int, _ findings: inout Findings) throws {
    let wide = gradients(call)
    let narrow = wide.map { $0.map { BFloat16($0) } }
    var order = layout.tensors.indices.filter { !wide[$0].isEmpty }
    for index in order.indices.reversed() {
      order.swapAt(index, Int(random.next() % UInt64(index + 1)))
    }
    let tensors = layout.tensors
    var seen: [BFloat16] = []
    /// Hands over half of the gradients in Float, which the step rounds.
    func update(
      _ step: DistributedOpenStep<Float>, _ weights: [BFloat16]
    ) throws {
      seen = weights
      for tensor in order {
        if tensor % 2 == 0 {
          try step.update(tensors[tensor].name, gradients: wide[tensor])
        } else {
          try step.update(tensors[tensor].name, gradients: narrow[tensor])
        }
      }
    }
    let before = own.narrow
    let weight = Double(open.rank + 1)
    let report =
      isSplit
      ? try open.openStep(
        &own.narrow, gradientScale: 0.7, weight: weight, update)
      : try open.openStep(
        &own.parameters, bfloat16Copy: &own.narrow, gradientScale: 0.7,
        weight: weight, update)
    var parameters = layout.split(expected.parameters)
    var weights = layout.split(expected.narrow)
    let right =
      isSplit
      ? try once.step(
        &weights, gradients: narrow, gradientScale: 0.7, weight: weight)
      : try once.step(
        &parameters, gradients: narrow, bfloat16Copy: &weights,
        gradientScale: 0.7, weight: weight)
    expected.parameters = Array(parameters.joined())
    expected.narrow = Array(weights.joined())
    findings.expect(
      "\(report)" == "\(right)", "\(report), not \(right), of \(name)")
    findings.expect(
      seen == before, "the closure has other weights, \(name)")
    findings.expect(
      try joined() == joinedExpected() && own.narrow == expected.narrow,
      "weights after call \(call), \(name)")
    findings.expect(
      open.stepCount == once.stepCount
        && open.state.copyMoments() == once.state.copyMoments(),
      "moments after call \(call), \(name)")
  }

  private mutating func joined() throws -> [Float] {
    if isSplit { try open.join(own.narrow, into: &own.parameters) }
    return own.parameters
  }

  private mutating func joinedExpected() throws -> [Float] {
    if isSplit { try once.join(expected.narrow, into: &expected.parameters) }
    return expected.parameters
  }

  /// Opens a step in the form that the optimizer does not have, and one with a
  /// copy that is too short on the last rank.
  mutating func refuse(_ findings: inout Findings) throws {
    var opened = false
    let before = own
    var short: [BFloat16] = [BFloat16(0)]
    let isLast = open.rank == open.rankCount - 1
    var error = thrownError {
      if isSplit {
        try open.openStep(&own.parameters) { _, _ in opened = true }
      } else {
        try open.openStep(&own.narrow) { _, _ in opened = true }
      }
    }
    findings.expect(
      (error as? DistributedError)?.optimizerError?.code == .unsuitableMemory
        && !opened, "the other form of \(name): \(error as Any)")
    guard !isSplit else { return }
    error = thrownError {
      if isLast {
        try open.openStep(&own.parameters, bfloat16Copy: &short) { _, _ in
          opened = true
        }
      } else {
        try open.openStep(&own.parameters, bfloat16Copy: &own.narrow) {
          _, _ in opened = true
        }
      }
    }
    findings.expect(
      (error as? DistributedError)?.code
        == (isLast ? .refused : .otherRankRefused) && !opened && own == before,
      "a short copy of \(name): \(error as Any)")
  }
}

#endif
