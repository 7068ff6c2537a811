//===--- Combinations.swift - all that a step takes, together -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Makes all calls with all forms of weights, storages, options and placements,
/// with an average and without, and compares with one process: both take a
/// call, with the same bits, or both refuse it with the same error.
func combineEverything(
  on world: borrowing MPICommunicator
) throws -> Findings {
  var findings = Findings()
  for combination in Combination.all {
    var run = try CombinedRun(combination, on: world)
    try run.makeAllCalls(&findings)
  }
  return findings
}

/// A choice of everything.
private struct Combination {
  let placement: StatePlacement
  let weights: WeightFormat
  let storage: MomentStorage
  let hasAverage: Bool
  let optionsName: String
  let options: StepOptions

  static var all: [Combination] {
    var all: [Combination] = []
    for placement in [StatePlacement.sharded, .replicated] {
      for weights in WeightFormat.allCases {
        for storage in [MomentStorage.full, .compact, .minimal] {
          for hasAverage in [false, true] {
            for (name, options) in allOptions {
              all.append(
                Combination(
                  placement: placement, weights: weights, storage: storage,
                  hasAverage: hasAverage, optionsName: name, options: options))
            }
          }
        }
      }
    }
    return all
  }

  private static var allOptions: [(String, StepOptions)] {
    func with(
      _ name: String, _ change: (inout StepOptions) -> Void
    ) -> (String, StepOptions) {
      var options = StepOptions()
      options.allowsMissingGradients = true
      change(&options)
      return (name, options)
    }
    return [
      with("plain") { _ in },
      with("norm") { $0.clipping = .globalNorm(3) },
      with("two batches") { $0.accumulation = .mean(over: 2) },
      with("cautious") {
        $0.isCautious = true
        $0.updateClipping = 0.5
      },
      with("zeros") { $0.nonFiniteGradients = .zeroElements },
    ]
  }

  var text: String {
    "\(placement), \(weights), \(storage.slow), "
      + "\(hasAverage ? "averaged" : "alone"), \(optionsName)"
  }
}

/// A call that both runs make.
private enum Call: CaseIterable {
  case flat, separate, clearing, weighted, leaving, missing, measuring
  case completion, update, otherForm, swap, whileSwapped, swapBack, last
}

/// The same calls on all ranks and in one process.
private struct CombinedRun: ~Copyable {
  private let combination: Combination
  private let layout: ParameterLayout
  private var optimizer: DistributedAdEMAMix<Float>
  private var whole: AdEMAMix<Float>
  private let ranks: Int
  private let rank: Int
  /// Parameters, and weights that are split: on ranks, and in one process.
  private var own: Memory
  private var expected: Memory
  private var call = 0

  private struct Memory: Equatable {
    var parameters: [Float]
    var weights: [BFloat16]
  }

  init(
    _ combination: Combination, on world: borrowing MPICommunicator
  ) throws {
    let groups = FormsOfSteps.groups.map { group in
      var group = group
      group.storage = combination.storage
      return group
    }
    let layout = try ParameterLayout(groups)
    let form = combination.weights
    var optimizer = try DistributedAdEMAMix<Float>(
      layout, on: world, placement: combination.placement, weights: form,
      engine: .fused, threads: 1, pieceCount: 512)
    var whole = try AdEMAMix<Float>(
      layout, weights: form, engine: .fused, threads: 1)
    optimizer.options = combination.options
    whole.options = combination.options
    let parameters: [Float] = ninths(layout.count)
    var own = Memory(
      parameters: parameters,
      weights: Array(repeating: BFloat16(0), count: parameters.count))
    var expected = own
    if combination.hasAverage {
      try optimizer.startAverage(of: parameters, decay: 0.75)
      whole.average = try ParameterAverage(
        of: parameters, decay: 0.75, threads: 1)
    }
    if form != .scalar {
      try optimizer.split(parameters, into: &own.weights)
      try whole.split(parameters, into: &expected.weights)
    }
    self.combination = combination
    self.layout = layout
    self.optimizer = optimizer
    self.whole = whole
    self.own = own
    self.expected = expected
    ranks = world.size
    rank = world.rank
  }

  private var isSplit: Bool { combination.weights != .scalar }

  mutating func makeAllCalls(_ findings: inout Findings) throws {
    for kind in Call.allCases {
      let (report, error) = outcome { () throws(DistributedError) in
        try self.callOnRanks(kind)
      }
      let (right, expectedError) = outcome { () throws(AdEMAMixError) in
        try self.callInOneProcess(kind)
      }
      let name = "\(kind) of \(combination.text)"
      findings.expect(
        error?.optimizerError == expectedError
          && (error == nil) == (expectedError == nil),
        "\(name): \(String(describing: error)), not "
          + "\(String(describing: expectedError))")
      findings.expect(
        report?.outcome == right?.outcome
          && report?.gradientNorm == right?.gradientNorm,
        "\(name): \(String(describing: report)), not "
          + "\(String(describing: right))")
      findings.expect(own == expected, "\(name) has other bits")
      call += 1
    }
    findings.expect(
      optimizer.state.averageUpdateCount == whole.averageUpdateCount,
      "updates of the average of \(combination.text)")
    let (layout, shard) = (layout, optimizer.state.shard)
    var fresh = try AdEMAMix<Float>.stateByteCount(
      of: layout, shard: shard, weights: combination.weights)
    if combination.options.accumulation != nil {
      // Accumulated gradients are counted too.
      fresh = optimizer.state.stateByteCount
    }
    findings.expect(
      optimizer.state.stateByteCount == fresh
        && optimizer.state.averageByteCount <= max(64, shard.count * 4),
      "bytes of \(combination.text): \(optimizer.state.stateByteCount), not "
        + "\(fresh), and \(optimizer.state.averageByteCount)")
  }

  /// The gradient of a rank in the next call, whose sums bfloat16 has.
  private func gradient(_ rank: Int) -> [Float] {
    rankGradients(layout.count, call: call, rank: rank, denominator: 8)
  }

  /// Whether a rank has a gradient of a tensor.
  private func has(_ tensor: Int, _ kind: Call, _ rank: Int) -> Bool {
    kind != .missing || tensor > 1 || tensor == 1 && rank == 0
  }

  /// The sum of all ranks' gradients.
  private func sum(_ kind: Call, weights: [Double]? = nil) -> [Float] {
    var sums = [Double](repeating: 0, count: layout.count)
    for rank in 0..<ranks {
      let own = gradient(rank)
      for (index, tensor) in layout.tensors.enumerated()
      where has(index, kind, rank) {
        for element in tensor.range {
          sums[element] += (weights?[rank] ?? 1) * Double(own[element])
        }
      }
    }
    return sums.map { Float($0) }
  }

  /// The tensors of a gradient that there are: the others have no elements.
  private func tensors<Element>(
    _ elements: [Element], where isThere: (Int) -> Bool
  ) -> [[Element]] {
    layout.split(elements).enumerated().map { isThere($0) ? $1 : [] }
  }

  /// The weights of the ranks' gradients.
  private var rankWeights: [Double] { (0..<ranks).map { Double(3 * $0 + 1) } }

  private mutating func callOnRanks(
    _ kind: Call
  ) throws(DistributedError) -> StepReport? {
    let elements = gradient(rank)
    let narrow = elements.map { BFloat16($0) }
    let some = tensors(elements) { has($0, kind, rank) }
    let narrowSome = tensors(narrow) { has($0, kind, rank) }
    switch kind {
    case .flat, .whileSwapped:
      return isSplit
        ? try optimizer.step(&own.weights, gradients: narrow)
        : try optimizer.step(&own.parameters, gradients: elements)
    case .separate, .missing, .measuring:
      let measures = kind == .measuring
      if isSplit {
        var tree = layout.split(own.weights)
        defer { own.weights = Array(tree.joined()) }
        return try optimizer.step(
          &tree, gradients: narrowSome, diagnostics: measures)
      }
      var tree = layout.split(own.parameters)
      defer { own.parameters = Array(tree.joined()) }
      return try optimizer.step(
        &tree, gradients: some, diagnostics: measures)
    case .clearing, .last:
      var cleared = narrow
      var clearedScalars = elements
      return isSplit
        ? try optimizer.step(&own.weights, clearing: &cleared)
        : try optimizer.step(&own.parameters, clearing: &clearedScalars)
    case .weighted:
      let weight = rankWeights[rank]
      return isSplit
        ? try optimizer.step(
          &own.weights, gradients: narrow, weight: weight)
        : try optimizer.step(
          &own.parameters, gradients: elements, weight: weight)
    case .leaving:
      let names = ["experts.1", "frozen.0"]
      return isSplit
        ? try optimizer.step(
          &own.weights, gradients: narrow, leaving: names)
        : try optimizer.step(
          &own.parameters, gradients: elements, leaving: names)
    case .completion:
      return isSplit
        ? try optimizer.completeStep(&own.weights)
        : try optimizer.completeStep(&own.parameters)
    case .update:
      return try optimizer.writeUpdate(
        into: &own.parameters, gradients: elements)
    case .otherForm:
      return isSplit
        ? try optimizer.step(&own.parameters, gradients: elements)
        : try optimizer.step(&own.weights, gradients: narrow)
    case .swap, .swapBack:
      isSplit
        ? try optimizer.swapAverage(with: &own.weights)
        : try optimizer.swapAverage(with: &own.parameters)
      return nil
    }
  }

  private mutating func callInOneProcess(
    _ kind: Call
  ) throws(AdEMAMixError) -> StepReport? {
    let elements = sum(kind, weights: kind == .weighted ? rankWeights : nil)
    let narrow = elements.map { BFloat16($0) }
    let some = tensors(elements) { has($0, kind, 0) }
    let narrowSome = tensors(narrow) { has($0, kind, 0) }
    let mean = 1 / Double(ranks)
    switch kind {
    case .flat, .whileSwapped, .clearing, .last:
      return isSplit
        ? try whole.step(
          &expected.weights, gradients: narrow, gradientScale: mean)
        : try whole.step(
          &expected.parameters, gradients: elements, gradientScale: mean)
    case .separate, .missing, .measuring:
      let measures = kind == .measuring
      if isSplit {
        var tree = layout.split(expected.weights)
        defer { expected.weights = Array(tree.joined()) }
        return try whole.step(
          &tree, gradients: narrowSome, gradientScale: mean,
          diagnostics: measures)
      }
      var tree = layout.split(expected.parameters)
      defer { expected.parameters = Array(tree.joined()) }
      return try whole.step(
        &tree, gradients: some, gradientScale: mean, diagnostics: measures)
    case .weighted:
      let total = rankWeights.reduce(0, +)
      return isSplit
        ? try whole.step(
          &expected.weights, gradients: narrow, gradientScale: 1 / total,
          weight: total)
        : try whole.step(
          &expected.parameters, gradients: elements,
          gradientScale: 1 / total, weight: total)
    case .leaving:
      let names = ["experts.1", "frozen.0"]
      return isSplit
        ? try whole.step(
          &expected.weights, gradients: narrow, gradientScale: mean,
          leaving: names)
        : try whole.step(
          &expected.parameters, gradients: elements, gradientScale: mean,
          leaving: names)
    case .completion:
      return isSplit
        ? try whole.completeStep(&expected.weights)
        : try whole.completeStep(&expected.parameters)
    case .update:
      return try whole.writeUpdate(
        into: &expected.parameters, gradients: elements, gradientScale: mean)
    case .otherForm:
      return isSplit
        ? try whole.step(
          &expected.parameters, gradients: elements, gradientScale: mean)
        : try whole.step(
          &expected.weights, gradients: narrow, gradientScale: mean)
    case .swap, .swapBack:
      if isSplit {
        try whole.swapAverage(with: &expected.weights)
      } else if whole.average != nil {
        try whole.average?.swap(with: &expected.parameters)
      } else {
        throw .averageCount(0, expected: layout.count)
      }
      return nil
    }
  }
}

extension AdEMAMix {
  // Swift 6.3 fails to compile an optimized caller that either is inlined into.

  /// The updates of the average, if there is one.
  @inline(never)
  fileprivate var averageUpdateCount: Int? {
    switch average {
    case .some(let average): average.updateCount
    case nil: nil
    }
  }

  /// The bytes of the average, if there is one.
  @inline(never)
  fileprivate var averageByteCount: Int {
    switch average {
    case .some(let average): average.byteCount
    case nil: 0
    }
  }
}

/// The report of a call, or its error.
private func outcome<Failure: Error>(
  _ body: () throws(Failure) -> StepReport?
) -> (StepReport?, Failure?) {
  do throws(Failure) {
    return (try body(), nil)
  } catch {
    return (nil, error)
  }
}

#endif
