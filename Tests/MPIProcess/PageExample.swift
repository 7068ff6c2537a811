//===--- PageExample.swift - the calls of the page ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Makes the calls of the page about several machines, and checks that all of
/// them are made.
func callAsThePageDoes(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  let layout = try ParameterLayout([
    ParameterGroup(
      "all",
      tensors: [
        TensorSpec("body", shape: [300]), TensorSpec("head", shape: [9]),
      ],
      Hyperparameters(learningRate: 0.01))
  ])
  var optimizer = try DistributedAdEMAMix<Float>(
    layout, on: world, engine: .fused)
  var model = NamedTensors<Float>(layout, ninths(layout.count))
  let gradients = NamedTensors<Float>(
    layout, rankGradients(layout.count, call: 0, rank: world.rank))
  var accumulated = gradients
  var updates = model
  let narrow = gradients.elements.map { $0.map { BFloat16($0) } }
  var copy = narrow
  let tokenCount = Double(world.rank + 1)
  try optimizer.broadcast(&model)
  optimizer.options.allowsMissingGradients = true
  optimizer.parameterCheckInterval = 1_000
  try optimizer.step(&model, gradients: gradients)
  try optimizer.step(&model, gradients: narrow, weight: tokenCount)
  try optimizer.step(&model, gradients: narrow, bfloat16Copy: &copy)
  try optimizer.step(&model, gradients: gradients, leaving: ["head"])
  try optimizer.step(&model, clearing: &accumulated)
  try optimizer.writeUpdate(into: &updates, gradients: gradients)
  func gradient(of name: String, _ model: NamedTensors<Float>) -> [Float] {
    name == "head" ? gradients.elements[1] : gradients.elements[0]
  }
  optimizer.sendsBFloat16Gradients = true
  try optimizer.openStep(&model) { step, model in
    for name in ["head", "body"] {
      try step.update(name, gradients: gradient(of: name, model))
    }
  }
  findings.expect(optimizer.stepCount == 7, "\(optimizer.stepCount) steps")
  findings.expect(
    accumulated.elements.allSatisfy { $0.allSatisfy { $0 == 0 } },
    "gradients are not cleared")
  return findings
}

/// Makes the page's calls on weights that are split, with an average.
func callOnSplitWeightsAsThePageDoes(
  on world: borrowing MPICommunicator, in folder: String,
  _ findings: inout Findings
) throws {
  let layout = try ParameterLayout([
    ParameterGroup("all", sizes: [700, 9], Hyperparameters(learningRate: 0.01))
  ])
  var parameters: [Float] = ninths(layout.count)
  let before = parameters
  var weights = parameters.map { BFloat16($0) }
  let narrow = (rankGradients(layout.count, call: 0) as [Float]).map {
    BFloat16($0)
  }
  // As on the page, in one line.
  // swift-format-ignore
  var optimizer = try DistributedAdEMAMix<Float>(layout, on: world, weights: .split32)
  try optimizer.startAverage(of: parameters, decay: 0.999)
  try optimizer.split(parameters, into: &weights)
  let path = try optimizer.save(in: folder, parameters: weights)
  try optimizer.step(&weights, gradients: narrow)
  try optimizer.swapAverage(with: &weights)
  try optimizer.join(weights, into: &parameters)
  findings.expect(
    parameters != before && optimizer.stepCount == 1, "a step moves averages")
  try optimizer.load(from: path, parameters: &weights)
  try optimizer.join(weights, into: &parameters)
  let other = try optimizer.copy()
  findings.expect(
    parameters == before && other.stepCount == 0, "a load goes back")
}

#endif
