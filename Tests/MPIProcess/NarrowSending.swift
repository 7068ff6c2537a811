//===--- NarrowSending.swift - Float gradients sent in bfloat16 -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport

/// Makes steps that send bfloat16, and compares the bits with steps whose
/// gradients were in bfloat16, and the sums with those of `Double`.
func sendBFloat16(on world: borrowing MPICommunicator) throws -> Findings {
  var findings = Findings()
  for placement in [StatePlacement.sharded, .replicated] {
    try sendBFloat16(on: world, placement, &findings)
  }
  return findings
}

private func sendBFloat16(
  on world: borrowing MPICommunicator, _ placement: StatePlacement,
  _ findings: inout Findings
) throws {
  let layout = try ParameterLayout([
    ParameterGroup(
      "all", sizes: [2_100, 900, 7],
      Hyperparameters(learningRate: 0.01, beta1: 0.5))
  ])
  func make() throws -> DistributedAdEMAMix<Float> {
    try DistributedAdEMAMix(
      layout, on: world, placement: placement, engine: .fused, threads: 1,
      pieceCount: 512)
  }
  var rounded = try make()
  var narrow = try make()
  rounded.sendsBFloat16Gradients = true
  var parameters: [Float] = ninths(layout.count)
  var expected = parameters
  /// Numbers of all sizes from 2^-20 to 2^20, and of both signs.
  func gradients(_ rank: Int, _ call: Int) -> [Float] {
    var random = RandomNumbers(seed: UInt64(100 * call + rank + 1))
    let numbers: [Float] = random.numbers(layout.count)
    return numbers.enumerated().map { index, number in
      (number - 0.5)
        * Float(sign: .plus, exponent: index % 41 - 20, significand: 1)
    }
  }
  for call in 0..<4 {
    var own = gradients(world.rank, call)
    let before = own
    let exact = own.map { BFloat16($0) }
    switch call {
    case 0: try rounded.step(&parameters, gradients: own)
    case 1:
      // Sums in place of gradients would be of another type.
      try rounded.step(&parameters, gradients: &own)
    case 2:
      var tensors = layout.split(parameters)
      try rounded.step(&tensors, gradients: layout.split(own))
      parameters = Array(tensors.joined())
    default:
      // Gradients in bfloat16 are sent as they are.
      try rounded.openStep(&parameters) { step, _ in
        for tensor in layout.tensors.reversed() {
          if tensor.range.count > 1_000 {
            try step.update(
              tensor.name, gradients: Array(exact[tensor.range]))
          } else {
            try step.update(tensor.name, gradients: Array(own[tensor.range]))
          }
        }
      }
    }
    try narrow.step(&expected, gradients: exact)
    findings.expect(
      parameters == expected, "\(placement), call \(call): other bits")
    findings.expect(own == before, "call \(call) changes gradients")
    if call == 0 {
      let copy = try rounded.copy()
      findings.expect(copy.sendsBFloat16Gradients, "a copy sends Float")
      let all = (0..<world.size).map { gradients($0, call) }
      findings.expect(
        errorOfSums(rounded, all) <= 1,
        "\(placement): the error of a sum is too large")
    }
  }
}

/// The largest error of a sum in the first step, relative to its bound: half a
/// unit in the last of 8 bits for each gradient, and in `Float` what the sum
/// and the moment are rounded by.
private func errorOfSums(
  _ optimizer: borrowing DistributedAdEMAMix<Float>, _ all: [[Float]]
) -> Double {
  // The first moment is half of the mean after one step.
  let moments = optimizer.state.copyMoments()[0].fast
  return moments.enumerated().map { index, moment in
    let element = optimizer.shard.lowerBound + index
    let exact = all.reduce(0) { $0 + Double($1[element]) }
    let size = all.reduce(0) { $0 + abs(Double($1[element])) }
    let sum = 2 * Double(all.count) * Double(moment)
    return abs(sum - exact) / (size * (0x1p-8 + 0x1p-21))
  }.max() ?? 0
}

#endif
