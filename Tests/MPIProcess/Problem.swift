//===--- Problem.swift - models whose gradients have exact sums -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix

/// Groups of parameters, and gradients: small integers, whose sums have the
/// same bits in every order, or fractions.
struct Problem {
  let name: String
  let groups: [ParameterGroup]
  var denominator = 1

  /// Groups of all kinds: even and uneven, small and empty, frozen ones.
  static var all: [Problem] {
    let rate = Hyperparameters(
      learningRate: .cosineDecay(from: 0.01, over: 50), weightDecay: 0.01
    ).warmingUp(over: 20)
    let other = Hyperparameters(learningRate: 0.003, beta1: 0)
    return [
      Problem(
        name: "two groups",
        groups: [
          ParameterGroup("matrices", sizes: [3_001, 2_500, 700], rate),
          ParameterGroup("biases", sizes: [37, 1, 260], other),
        ]),
      Problem(
        name: "one tensor",
        groups: [ParameterGroup("all", sizes: [5_000], rate)]),
      Problem(
        name: "fractions",
        groups: [ParameterGroup("all", sizes: [4_500, 3], rate)],
        denominator: 7),
      Problem(
        name: "fewer elements than ranks",
        groups: [ParameterGroup("all", sizes: [2], rate)]
      ),
      Problem(
        name: "one element", groups: [ParameterGroup("all", sizes: [1], other)]),
      Problem(
        name: "no elements", groups: [ParameterGroup("all", sizes: [], rate)]),
      Problem(
        name: "empty tensors",
        groups: [ParameterGroup("all", sizes: [0, 600, 0, 0, 900, 0], rate)]),
      Problem(
        name: "frozen in the middle",
        groups: [
          ParameterGroup("first", sizes: [1_500], rate),
          ParameterGroup(
            "frozen", sizes: [2_000, 10], other, isFrozen: true),
          ParameterGroup("last", sizes: [900, 30], other),
        ]),
      Problem(
        name: "frozen but for a corner",
        groups: [
          ParameterGroup("frozen", sizes: [4_000], rate, isFrozen: true),
          ParameterGroup("last", sizes: [300], rate),
        ]),
      Problem(
        name: "all frozen",
        groups: [ParameterGroup("all", sizes: [99], rate, isFrozen: true)]
      ),
    ]
  }
}

#endif
