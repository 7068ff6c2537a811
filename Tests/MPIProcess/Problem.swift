//===--- Problem.swift - models whose gradients have exact sums -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix

/// A layout, and gradients: small integers, whose sums have the same bits in every
/// order, or fractions.
struct Problem<Scalar: OptimizerScalar> {
  let name: String
  let layout: ParameterLayout
  var denominator = 1

  /// Whether gradients are integers.
  var isExact: Bool { denominator == 1 }

  /// The layout, its moments being stored in some way.
  func layout(storage: MomentStorage) throws -> ParameterLayout {
    try ParameterLayout(
      layout.groups.map {
        var group = $0
        group.storage = storage
        return group
      })
  }

  /// Parameters to begin with.
  var parameters: [Scalar] {
    (0..<layout.count).map { Scalar($0 % 17) / 9 }
  }

  /// The gradient that one rank has in a call.
  func gradients(rank: Int, call: Int) -> [Scalar] {
    (0..<layout.count).map {
      Scalar(($0 &* 7 &+ call &* 3 &+ rank &* 5) % 11 - 4)
        / Scalar(denominator)
    }
  }

  /// The sum over all ranks, in their order and in `Double`, rounded once.
  func gradientSum(ranks: Int, call: Int) -> [Scalar] {
    var sums = [Double](repeating: 0, count: layout.count)
    for rank in 0..<ranks {
      for (index, element) in gradients(rank: rank, call: call).enumerated() {
        sums[index] += Double(element)
      }
    }
    return sums.map { Scalar($0) }
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
      Problem(
        name: "fractions",
        layout: try ParameterLayout([
          ParameterGroup("all", sizes: [4_500, 3], rate)
        ]), denominator: 7),
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
