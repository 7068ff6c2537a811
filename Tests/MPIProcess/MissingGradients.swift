//===--- MissingGradients.swift - ranks without some gradients ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// A gradient for each tensor, or none.
private struct SomeTensors: TensorTree {
  var names: [String]
  var elements: [[Float]?]

  mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
    for index in names.indices { visitor.visit(names[index], &elements[index]) }
  }
}

extension FormsOfSteps {
  /// The ranks that have a gradient of a tensor in this call.
  fileprivate func owners(of tensor: Int) -> [Int] {
    switch (tensor + call) % 4 {
    case 0: []
    case 1: Array(0..<ranks)
    case 2: [ranks - 1]
    default: stride(from: 0, to: ranks, by: 2).map { $0 }
    }
  }

  /// The elements that one rank has.
  fileprivate func tensors(
    of elements: [Float], where isThere: (Int) -> Bool
  ) -> SomeTensors {
    SomeTensors(
      names: layout.tensors.map(\.name),
      elements: layout.split(elements).enumerated().map {
        isThere($0) ? $1 : nil
      })
  }

  /// The sums of the gradients that there are.
  fileprivate var sumOfSome: SomeTensors {
    var sums = [Double](repeating: 0, count: layout.count)
    for (index, tensor) in layout.tensors.enumerated() {
      for rank in owners(of: index) {
        let own = gradient(rank)
        for element in tensor.range { sums[element] += Double(own[element]) }
      }
    }
    return tensors(of: sums.map { Float($0) }) { !owners(of: $0).isEmpty }
  }
}

/// Makes steps in which ranks lack gradients, and leaves tensors alone.
func stepWithoutSomeGradients(
  on world: borrowing MPICommunicator
) throws -> Findings {
  var findings = Findings()
  for placement in [StatePlacement.sharded, .replicated] {
    for batchCount in [1, 2] {
      var options = StepOptions()
      options.allowsMissingGradients = true
      options.clipping = .globalNorm(3)
      options.accumulation = .mean(over: .constant(Double(batchCount)))
      try stepWithoutSomeGradients(
        FormsOfSteps(on: world, placement, options: options),
        "\(placement), \(batchCount) micro-batches", &findings)
    }
    try leaveTensors(FormsOfSteps(on: world, placement), &findings)
  }
  try refuseMissingGradients(FormsOfSteps(on: world, .sharded), &findings)
  return findings
}

private func stepWithoutSomeGradients(
  _ run: consuming FormsOfSteps, _ name: String, _ findings: inout Findings
) throws {
  for _ in 0..<8 {
    let rank = run.rank
    let own = run.tensors(of: run.gradient(rank)) {
      run.owners(of: $0).contains(rank)
    }
    let report = try run.optimizer.step(
      &run.parameters, gradients: own, diagnostics: true)
    let right = try run.whole.step(
      &run.expected, gradients: run.sumOfSome, gradientScale: run.mean,
      diagnostics: true)
    findings.expect(
      run.areAlike && report.outcome == right.outcome
        && report.gradientNorm == right.gradientNorm
        && report.diagnostics?.total.count == right.diagnostics?.total.count,
      "call \(run.call) without some gradients of \(name)")
    run.next()
  }
  // In bfloat16 too, and for the update alone.
  let rank = run.rank
  let own = run.tensors(of: run.gradient(rank)) {
    run.owners(of: $0).contains(rank)
  }
  let narrow = own.elements.map { $0?.map { BFloat16($0) } }
  var updates = NamedTensors(
    run.layout, [Float](repeating: 9, count: run.layout.count))
  var right = updates
  try run.optimizer.writeUpdate(into: &updates, gradients: narrow)
  try run.whole.writeUpdate(
    into: &right, gradients: run.sumOfSome, gradientScale: run.mean)
  findings.expect(
    updates.elements == right.elements,
    "update without some gradients of \(name)")
}

/// Leaves tensors alone by name, on all ranks, and then not on the last.
private func leaveTensors(
  _ run: consuming FormsOfSteps, _ findings: inout Findings
) throws {
  for names in [["experts.1"], [], ["matrices.0", "experts.2"], ["frozen.0"]] {
    try run.optimizer.step(
      &run.parameters,
      gradients: NamedTensors(run.layout, run.gradient(run.rank)),
      weight: names.isEmpty ? 2 : nil, leaving: names)
    try run.whole.step(
      &run.expected, gradients: NamedTensors(run.layout, run.sum()),
      gradientScale: run.mean, leaving: names)
    findings.expect(run.areAlike, "a step that leaves \(names)")
    run.next()
  }
  let isLast = run.rank == run.ranks - 1
  let (initial, gradient) = (
    run.parameters, NamedTensors(run.layout, run.gradient(run.rank))
  )
  func error(_ names: [String]) -> DistributedError? {
    var parameters = initial
    let error = thrownError { () throws(DistributedError) in
      try run.optimizer.step(&parameters, gradients: gradient, leaving: names)
    }
    findings.expect(
      parameters.elements == initial.elements,
      "a refused step has changed something")
    return error
  }
  let unknown = error(isLast ? ["experts.9"] : ["experts.1"])
  findings.expect(
    unknown?.code == (isLast ? .refused : .otherRankRefused),
    "\(String(describing: unknown))")
  if run.ranks > 1 {
    let other = error(isLast ? ["experts.2"] : ["experts.1"])
    findings.expect(
      other
        == .disagreement(
          Disagreement(
            rank: run.ranks - 1, field: "arguments.leaving[0]",
            value: "experts.2", expected: "experts.1")),
      "\(String(describing: other))")
  }
  try run.optimizer.step(&run.parameters, gradients: gradient)
  try run.whole.step(
    &run.expected, gradients: NamedTensors(run.layout, run.sum()),
    gradientScale: run.mean)
  findings.expect(run.areAlike, "a step after refused ones")
}

/// Lets the last rank lack a gradient where the options do not allow it.
private func refuseMissingGradients(
  _ run: consuming FormsOfSteps, _ findings: inout Findings
) throws {
  let isLast = run.rank == run.ranks - 1
  let own = run.tensors(of: run.gradient(run.rank)) { $0 != 4 || !isLast }
  let error = thrownError { () throws(DistributedError) in
    try run.optimizer.step(&run.parameters, gradients: own)
  }
  findings.expect(
    error?.code == (isLast ? .refused : .otherRankRefused) && run.areAlike,
    "\(String(describing: error))")
}

#endif
