//===--- RosenbrockTests.swift - paths over Rosenbrock's function ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Testing

@Suite struct `The example on Rosenbrock's function` {
  @Test func `ends where optax's notebook does`() throws {
    let run = try ExampleRun("Rosenbrock", "--figure", "notebook")
    #expect(run.status == 0 && run.complaints.isEmpty)
    #expect(run.isPicture("rosenbrock-notebook.svg"))
    #expect(run.isPicture("rosenbrock-notebook-distance.svg"))
    #expect(run.rows("rosenbrock-notebook.csv").count > 6 * 500)
    // Its betas are single precision, which shows where beta1 is .9999.
    for (beta1, tolerance) in [
      (0.9, 1e-7), (0.99, 3e-6), (0.999, 2e-5), (0.9999, 1e-3),
    ] {
      let end = run.numbers(after: "Adam, β₁ = \(beta1) ")
      try #require(end.count == 6)
      #expect(abs(end[0] - end[3]) < tolerance)
      #expect(abs(end[1] - end[4]) < tolerance)
    }
    for beta3 in [0.999, 0.9999] {
      let end = run.numbers(after: "AdEMAMix, β₃ = \(beta3) ")
      try #require(end.count == 6)
      // Rounding decides the digits, of both, below this.
      #expect(end[2] < 1e-6 && end[5] < 1e-6)
    }
  }

  @Test func `searches for the learning rates of the paper's figure`() throws {
    let run = try ExampleRun(
      "Rosenbrock", "--figure", "paper", "--steps", "2000", "--largest-rate",
      "0.02")
    #expect(run.status == 0 && run.complaints.isEmpty)
    for name in ["paper", "paper-distance", "rates"] {
      #expect(run.isPicture("rosenbrock-\(name).svg"))
    }
    let tried = run.rows("rosenbrock-rates.csv")
    #expect(tried.count == 6 * 81)
    // All rates of the first optimizer, then those of the next.
    let paths = rosenbrockPaths(run)
    try #require(paths.count == 6)
    for (index, path) in paths.enumerated() {
      let allowed = tried[(81 * index)..<(81 * index + 81)].filter {
        $0["learning rate"] ?? 1 <= 0.02 * (1 + 1e-9)
      }
      let best = try #require(
        allowed.min {
          $0["greatest distance"] ?? .nan < $1["greatest distance"] ?? .nan
        })
      #expect(best["learning rate"] == path[0].rate)
      // Over the last fifth of the 2,000 steps; paths have every fourth.
      let seen =
        path.filter { (1_601...2_000).contains($0.step) }
        .map(\.distance).max() ?? .nan
      let greatest = try #require(best["greatest distance"])
      #expect(seen <= greatest && seen > 0.99 * greatest)
      #expect(path.last?.step == 8_000)
    }
  }

  @Test func `follows AdEMAMix beyond the minimum and back`() throws {
    let run = try ExampleRun("Rosenbrock", "--figure", "paper")
    #expect(run.status == 0 && run.complaints.isEmpty)
    let paths = rosenbrockPaths(run)
    try #require(paths.count == 6)
    for path in paths[4...] {
      let passing = path.filter { $0.step < 5_000 }.map(\.distance).min() ?? 9
      #expect(passing < 0.02)
      let after = path.filter { (5_000...10_000).contains($0.step) }
      #expect(after[0].distance > 0.3)
      #expect(after.map(\.distance).max() ?? 0 > 1.3)
      let last = path[path.count - 1]
      #expect(last.step == 20_000 && last.distance < 1e-3)
    }
    // Since when each stays near, as the page of examples says.
    let arrivals = run.printed.split(separator: "\n")
      .filter { $0.contains("within 0.1: ") }
      .map { Int($0.split(separator: ":")[1].filter(\.isNumber)) }
    let expected = [9_533, 9_589, 17_226, nil, 9_358, 12_435]
    try #require(arrivals.count == expected.count)
    for (arrival, expected) in zip(arrivals, expected) {
      #expect((arrival == nil) == (expected == nil))
      #expect(abs((arrival ?? 0) - (expected ?? 0)) < 50)
    }
  }

  /// The paths over Rosenbrock's function, optimizer by optimizer.
  private func rosenbrockPaths(
    _ run: ExampleRun
  ) -> [[(rate: Double, step: Int, distance: Double)]] {
    var paths: [[(rate: Double, step: Int, distance: Double)]] = []
    for row in run.rows("rosenbrock-paper.csv") {
      guard let rate = row["learning rate"], let step = row["step"],
        let x = row["x"], let y = row["y"]
      else { continue }
      if step == 0 { paths.append([]) }
      let squared = (x - 1) * (x - 1) + (y - 1) * (y - 1)
      paths[paths.count - 1].append((rate, Int(step), squared.squareRoot()))
    }
    return paths
  }
}
