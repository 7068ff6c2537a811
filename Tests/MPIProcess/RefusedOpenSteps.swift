//===--- RefusedOpenSteps.swift - open steps that fail on a rank ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Lets the last rank do something else in an open step, and checks that all
/// ranks throw, that nothing changes, and that the next step is right.
func refuseOpenSteps(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  var pair = try PairOfSteps<Float>(OpenSetting("refused"), on: world)
  let last = world.size - 1
  let isLast = world.rank == last
  let gradients = pair.gradients(0)
  let layout = pair.layout

  /// Checks what a step in which the last rank differs throws.
  func expect(
    _ pair: inout PairOfSteps<Float>, _ name: String, own: String,
    others: String,
    _ step: (
      inout DistributedAdEMAMix<Float>, inout [Float]
    ) throws -> Void
  ) throws {
    let before = pair.parameters
    var error: (any Error)?
    do { try step(&pair.open, &pair.parameters) } catch let thrown {
      error = thrown
    }
    let text = error.map { "\($0)" } ?? "nothing"
    findings.expect(
      text == (isLast ? own : others), "\(name) throws: \(text)")
    findings.expect(pair.parameters == before, "\(name) changes parameters")
    let report = try pair.stepOpen(gradients)
    let right = try pair.stepOnce(gradients)
    findings.expect(
      "\(report)" == "\(right)" && pair.parameters == pair.expected,
      "the step after \(name)")
  }

  /// Hands over all gradients but those of some tensors.
  func update(
    _ step: DistributedOpenStep<Float>, without names: [String] = []
  ) throws {
    for (tensor, gradient) in zip(layout.tensors, gradients)
    where !names.contains(tensor.name) {
      try step.update(tensor.name, gradients: gradient)
    }
  }

  try expect(
    &pair, "an error of the closure", own: "StopIt()",
    others:
      "rank \(last) refused the call: the closure of an open step threw an "
      + "error: StopIt()"
  ) { optimizer, parameters in
    try optimizer.openStep(&parameters) { step, _ in
      try step.update("head", gradients: gradients[7])
      if isLast { throw StopIt() }
      try update(step, without: ["head"])
    }
  }
  let missing = AdEMAMixError.missingGradients(["layers.0.bias", "head"])
  try expect(
    &pair, "a missing gradient", own: "\(missing)",
    others: "rank \(last) refused the call: \(missing)"
  ) { optimizer, parameters in
    try optimizer.openStep(&parameters) { step, _ in
      try update(step, without: isLast ? ["head", "layers.0.bias"] : [])
    }
  }
  try expectRefusals(&pair, gradients, &findings)
  guard world.size > 1 else { return findings }
  try refuseDifferentSteps(&pair, gradients, last: last, &findings)
  return findings
}

private struct StopIt: Error {}

/// Makes wrong updates, which throw on this rank and leave the step open.
private func expectRefusals(
  _ pair: inout PairOfSteps<Float>, _ gradients: [[Float]],
  _ findings: inout Findings
) throws {
  var ended: DistributedOpenStep<Float>?
  var errors: [String?] = []
  let layout = pair.layout
  try pair.open.openStep(&pair.parameters, gradientScale: 0.7) { step, _ in
    func error(
      _ name: String, _ gradients: [Float]
    ) -> String? {
      thrownError { () throws(DistributedError) in
        try step.update(name, gradients: gradients)
      }?.description
    }
    errors.append(error("tail", gradients[7]))
    errors.append(error("head", [1, 2]))
    errors.append(
      thrownError { () throws(DistributedError) in
        try step.update("head", gradients: [BFloat16(1)])
      }?.description)
    for (tensor, gradient) in zip(layout.tensors, gradients) {
      try step.update(tensor.name, gradients: gradient)
    }
    errors.append(error("head", gradients[7]))
    ended = step
  }
  errors.append(
    thrownError { () throws(DistributedError) in
      try ended?.update("head", gradients: gradients[7])
    }?.description)
  let expected = [
    AdEMAMixError.unknownTensor("tail").description,
    AdEMAMixError.gradientCount(2, expected: 1_900).description,
    DistributedError.bfloat16Gradients.description,
    AdEMAMixError.updatedTwice("head").description,
    AdEMAMixError.stepHasEnded.description,
  ]
  findings.expect(errors == expected, "refused updates: \(errors)")
  _ = try pair.stepOnce(gradients)
  findings.expect(
    pair.parameters == pair.expected, "the step with refused updates")
}

/// Lets the last rank have other arguments, another type on the wire, or make
/// another call.
private func refuseDifferentSteps(
  _ pair: inout PairOfSteps<Float>, _ gradients: [[Float]], last: Int,
  _ findings: inout Findings
) throws {
  let isLast = pair.open.rank == last
  let names = pair.layout.tensors.map(\.name)
  func step(
    _ pair: inout PairOfSteps<Float>, scale: Double
  ) throws {
    try pair.open.openStep(&pair.parameters, gradientScale: scale) {
      step, _ in
      for (name, gradient) in zip(names, gradients) {
        try step.update(name, gradients: gradient)
      }
    }
  }
  func expect(
    _ error: (any Error)?, _ field: String, _ value: String,
    _ expected: String
  ) {
    findings.expect(
      error as? DistributedError
        == .disagreement(
          Disagreement(
            rank: last, field: field, value: value, expected: expected)),
      "\(String(describing: error)), not of \(field)")
  }
  let before = pair.parameters
  var error = thrownError { try step(&pair, scale: isLast ? 1 : 0.5) }
  expect(error, "arguments.gradientScale", "1.0", "0.5")
  error = thrownError {
    if isLast {
      var flat = Array(gradients.joined())
      try pair.open.step(&pair.parameters, gradients: &flat)
    } else {
      try step(&pair, scale: 1)
    }
  }
  expect(error, "call", "step", "openStep")
  pair.open.sendsBFloat16Gradients = isLast
  error = thrownError { try step(&pair, scale: 1) }
  expect(error, "sendsBFloat16Gradients", "true", "false")
  pair.open.sendsBFloat16Gradients = false
  findings.expect(pair.parameters == before, "parameters of refused steps")
}

#endif
