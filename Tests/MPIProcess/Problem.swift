//===--- Problem.swift - models whose gradients have exact sums -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix

/// A layout, and gradients that are small integers: every order of adding them
/// gives the same bits.
struct Problem<Scalar: OptimizerScalar> {
  let name: String
  let layout: ParameterLayout

  /// Parameters to begin with.
  var parameters: [Scalar] {
    (0..<layout.count).map { Scalar($0 % 17) / 9 }
  }

  /// The gradient that one rank has in a call.
  func gradients(rank: Int, call: Int) -> [Scalar] {
    (0..<layout.count).map {
      Scalar(($0 &* 7 &+ call &* 3 &+ rank &* 5) % 11 - 4)
    }
  }

  /// The sum over all ranks.
  func gradientSum(ranks: Int, call: Int) -> [Scalar] {
    var sum = gradients(rank: 0, call: call)
    for rank in 1..<max(ranks, 1) where ranks > 1 {
      for (index, element) in gradients(rank: rank, call: call).enumerated() {
        sum[index] += element
      }
    }
    return sum
  }

  /// Layouts of all kinds: even and uneven, small and empty, with frozen groups.
  static func all() throws -> [Problem] {
    let rate = Hyperparameters(
      learningRate: .cosineDecay(from: 0.01, over: 50), weightDecay: 0.01
    ).warmingUp(over: 20)
    let other = Hyperparameters(learningRate: 0.003, beta1: 0)
    func problem(
      _ name: String, _ groups: [ParameterGroup]
    ) throws -> Problem {
      Problem(name: name, layout: try ParameterLayout(groups))
    }
    return [
      try problem(
        "two groups",
        [
          ParameterGroup("matrices", sizes: [3_001, 2_500, 700], rate),
          ParameterGroup("biases", sizes: [37, 1, 260], other),
        ]),
      try problem(
        "one tensor", [ParameterGroup("all", sizes: [5_000], rate)]),
      try problem(
        "fewer elements than ranks", [ParameterGroup("all", sizes: [2], rate)]
      ),
      try problem("one element", [ParameterGroup("all", sizes: [1], other)]),
      try problem("no elements", [ParameterGroup("all", sizes: [], rate)]),
      try problem(
        "empty tensors",
        [ParameterGroup("all", sizes: [0, 600, 0, 0, 900, 0], rate)]),
      try problem(
        "frozen in the middle",
        [
          ParameterGroup("first", sizes: [1_500], rate),
          ParameterGroup(
            "frozen", sizes: [2_000, 10], other, isFrozen: true),
          ParameterGroup("last", sizes: [900, 30], other),
        ]),
      try problem(
        "frozen but for a corner",
        [
          ParameterGroup("frozen", sizes: [4_000], rate, isFrozen: true),
          ParameterGroup("last", sizes: [300], rate),
        ]),
      try problem(
        "all frozen",
        [ParameterGroup("all", sizes: [99], rate, isFrozen: true)]
      ),
    ]
  }
}

#endif
