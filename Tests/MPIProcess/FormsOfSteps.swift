//===--- FormsOfSteps.swift - bfloat16 gradients of ranks -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// The same calls on all ranks and in one process, whose gradients are summed
/// by hand: in `Double`, in the order of the ranks, rounded once.
struct FormsOfSteps: ~Copyable {
  static let groups = [
    ParameterGroup(
      "matrices", sizes: [3_001, 700],
      Hyperparameters(learningRate: 0.01, weightDecay: 0.01)),
    ParameterGroup(
      "frozen", sizes: [500], Hyperparameters(learningRate: 0.01),
      isFrozen: true),
    ParameterGroup(
      "experts", sizes: [600, 600, 600],
      Hyperparameters(learningRate: .cosineDecay(from: 0.02, over: 9))),
  ]

  var optimizer: DistributedAdEMAMix<Float>
  var whole: AdEMAMix<Float>
  let layout: ParameterLayout
  let ranks: Int
  let rank: Int
  var parameters: NamedTensors<Float>
  var expected: NamedTensors<Float>
  private(set) var call = 0
  /// Whether the gradients of three ranks have sums that `Float` would lose: in
  /// their order it rounds away nearly all that is left in the end.
  var isSpread = false

  init(
    on world: borrowing MPICommunicator, _ placement: StatePlacement,
    _ engine: StepEngine = .fused, options: StepOptions = StepOptions()
  ) throws {
    let layout = try ParameterLayout(Self.groups)
    var optimizer = try DistributedAdEMAMix<Float>(
      layout, on: world, placement: placement, engine: engine, threads: 1,
      pieceCount: 512)
    optimizer.options = options
    var whole = try AdEMAMix<Float>(layout, engine: engine, threads: 1)
    whole.options = options
    self.optimizer = optimizer
    self.whole = whole
    self.layout = layout
    ranks = world.size
    rank = world.rank
    parameters = NamedTensors(layout, ninths(layout.count))
    expected = parameters
  }

  /// The gradient of a rank in this call: fractions that bfloat16 has, and
  /// whose sums over few ranks are exact, unless they are spread.
  func gradient(_ rank: Int) -> [Float] {
    // The last of several ranks takes away what the first has.
    let isOpposite = isSpread && rank > 1 && rank == ranks - 1
    let numbers: [Float] = rankGradients(
      layout.count, call: call, rank: isOpposite ? 0 : rank, denominator: 8)
    let size = Float(
      sign: .plus, exponent: isSpread && !isOpposite ? -22 * rank : 0,
      significand: 1)
    return numbers.map { Float(BFloat16(isOpposite ? -$0 : size * $0)) }
  }

  /// The gradient of this rank, in bfloat16.
  var narrowGradient: [BFloat16] { gradient(rank).map { BFloat16($0) } }

  /// The sum of all ranks' gradients, those of each rank times its weight.
  func sum(_ weights: [Double]? = nil) -> [Float] {
    var sums = [Double](repeating: 0, count: layout.count)
    for rank in 0..<ranks {
      for (index, element) in gradient(rank).enumerated() {
        sums[index] += (weights?[rank] ?? 1) * Double(element)
      }
    }
    return sums.map { Float($0) }
  }

  /// The factor that makes a mean of a sum.
  var mean: Double { 1 / Double(ranks) }

  /// Goes on to the next call, with other gradients.
  mutating func next() { call += 1 }

  /// Whether both runs have the same parameters.
  var areAlike: Bool { parameters.elements == expected.elements }

  /// Whether a tensor is of a frozen group.
  func isFrozen(_ tensor: Int) -> Bool {
    layout.groups[layout.tensors[tensor].group].isFrozen
  }
}

/// Makes steps with gradients in bfloat16, in all forms.
func stepWithBFloat16(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  for placement in [StatePlacement.sharded, .replicated] {
    for engine in [StepEngine.blas, .fused, .reference] {
      for clipping in [nil, GradientClipping.globalNorm(3)] {
        var options = StepOptions()
        options.clipping = clipping
        let run = try FormsOfSteps(
          on: world, placement, engine, options: options)
        try stepWithBFloat16(
          run, "\(placement), \(engine), \(String(describing: clipping))",
          &findings)
      }
    }
    var options = StepOptions()
    options.accumulation = .mean(over: 2)
    options.nonFiniteGradients = .zeroElements
    try stepWithBFloat16(
      FormsOfSteps(on: world, placement, options: options),
      "\(placement), accumulated", &findings)
  }
  try refuseOtherTypes(on: world, &findings)
  return findings
}

private func stepWithBFloat16(
  _ run: consuming FormsOfSteps, _ name: String, _ findings: inout Findings
) throws {
  run.isSpread = true
  let initial = BFloat16(-77)
  var copy = NamedTensors(
    run.layout, [BFloat16](repeating: initial, count: run.layout.count))
  for form in 0..<4 {
    let narrow = run.narrowGradient
    var flat = Array(run.parameters.elements.joined())
    switch form {
    case 0: try run.optimizer.step(&flat, gradients: narrow)
    case 1:
      // Ranks have forms of their own.
      if run.rank.isMultiple(of: 2) {
        var tensors = run.layout.split(flat)
        try run.optimizer.step(&tensors, gradients: run.layout.split(narrow))
        flat = Array(tensors.joined())
      } else {
        try run.optimizer.step(&flat, gradients: narrow)
      }
    case 2:
      try run.optimizer.step(
        &run.parameters, gradients: NamedTensors(run.layout, narrow),
        bfloat16Copy: &copy)
      flat = Array(run.parameters.elements.joined())
    default:
      var cleared = NamedTensors(run.layout, narrow)
      try run.optimizer.step(
        &run.parameters, clearing: &cleared, bfloat16Copy: &copy)
      findings.expect(
        cleared.elements.allSatisfy { $0.allSatisfy { $0.bitPattern == 0 } },
        "gradients in bfloat16 of \(name) are not 0")
      flat = Array(run.parameters.elements.joined())
    }
    run.parameters = NamedTensors(run.layout, flat)
    try run.whole.step(
      &run.expected, gradients: NamedTensors(run.layout, run.sum()),
      gradientScale: run.mean)
    findings.expect(
      run.areAlike && run.optimizer.stepCount == run.whole.stepCount,
      "bfloat16 in form \(form) of \(name)")
    run.next()
  }
  for tensor in run.layout.tensors.indices {
    let right = run.expected.elements[tensor].map {
      run.isFrozen(tensor) ? initial : BFloat16($0)
    }
    findings.expect(
      copy.elements[tensor] == right, "copy of tensor \(tensor) of \(name)")
  }
  // With weights, which change the factor of each rank.
  let weights = (0..<run.ranks).map { Double($0 * 3 + 1) }
  try run.optimizer.step(
    &run.parameters, gradients: NamedTensors(run.layout, run.narrowGradient),
    weight: weights[run.rank])
  guard run.optimizer.options.accumulation == StepOptions().accumulation else {
    return
  }
  try run.whole.step(
    &run.expected, gradients: NamedTensors(run.layout, run.sum(weights)),
    gradientScale: 1 / weights.reduce(0, +))
  findings.expect(run.areAlike, "weighted bfloat16 of \(name)")
}

/// Lets the last rank have gradients of another type.
private func refuseOtherTypes(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  guard world.size > 1 else { return }
  var run = try FormsOfSteps(on: world, .sharded)
  let last = world.size - 1
  let error = thrownError { () throws(DistributedError) in
    if run.rank == last {
      try run.optimizer.step(
        &run.parameters,
        gradients: NamedTensors(run.layout, run.narrowGradient))
    } else {
      try run.optimizer.step(
        &run.parameters,
        gradients: NamedTensors(run.layout, run.gradient(run.rank)))
    }
  }
  findings.expect(
    error
      == .disagreement(
        Disagreement(
          rank: last, field: "arguments.gradients", value: "BFloat16",
          expected: "Float")) && run.areAlike,
    "\(String(describing: error))")
}

#endif
