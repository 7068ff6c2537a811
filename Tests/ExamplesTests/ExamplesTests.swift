//===--- ExamplesTests.swift - each example, shortly ----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Testing

@Suite struct `An example` {
  @Test func `ends where the notebook on Rosenbrock's function does`() throws {
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
    let best = tried.prefix(81).filter { $0["learning rate"] ?? 1 <= 0.02 }
      .min { $0["distance"] ?? .nan < $1["distance"] ?? .nan }
    let chosen = run.numbers(after: "Adam, β₁ = 0.9 ")[0]
    #expect(abs(chosen - (best?["learning rate"] ?? 0)) < 1e-3)
  }

  @Test func `finds Adam's limit of stability`() throws {
    let run = try ExampleRun("Stability", "--columns", "8")
    #expect(run.status == 0 && run.complaints.isEmpty)
    #expect(run.isPicture("stability-limit.svg"))
    #expect(run.isPicture("stability-decay.svg"))
    #expect(run.numbers(after: "of Adam (alpha 0)") == [38])
    let limits = run.rows("stability-limit.csv")
    #expect(limits.count == 8 * 6)
    for row in limits {
      let limit = try #require(row["limit"])
      #expect(row["alpha"] == 0 ? abs(limit - 38) < 1e-6 : limit < 38)
    }
  }

  @Test func `comes near the answer of least squares`() throws {
    let run = try ExampleRun(
      "LeastSquares", "--rows", "200", "--columns", "10", "--condition", "5",
      "--noise", "0", "--steps", "1000", "--seeds", "2")
    #expect(run.status == 0 && run.complaints.isEmpty)
    #expect(run.isPicture("least-squares.svg"))
    let rows = run.rows("least-squares.csv")
    #expect(rows.first?["median"] ?? 0 > 0.5)
    // Without noise, the answer is where AdamW's steps end.
    let end = rows.first { $0["step"] == 1_000 }
    #expect(end?["median"] ?? 1 < 1e-6)
    #expect(run.rows("least-squares-rates.csv").count == 3 * 33)
  }

  @Test func `tells two spirals apart with Swift's gradients`() throws {
    let run = try ExampleRun("AutomaticDifferentiation", "--steps", "1000")
    #expect(run.status == 0 && run.complaints.isEmpty)
    #expect(run.isPicture("spirals-loss.svg"))
    #expect(run.isPicture("spirals-map.svg"))
    let rows = run.rows("spirals.csv")
    #expect(rows.count == 2 * 401)
    for name in ["AdamW", "AdEMAMix"] {
      // Guesses have a loss of 0.69 and an accuracy of 50 %.
      let end = run.numbers(after: "\(name): ")
      try #require(end.count == 2)
      #expect(end[0] < 0.4 && end[1] > 65)
    }
  }

  @Test func `gives the same numbers for the same seed`() throws {
    func table(_ seed: String) throws -> String? {
      try ExampleRun(
        "LeastSquares", "--rows", "40", "--columns", "4", "--batch", "8",
        "--steps", "50", "--seeds", "1", "--seed", seed
      ).files["least-squares.csv"]
    }
    let first = try table("1")
    #expect(try first != nil && table("1") == first && table("2") != first)
  }

  @Test(arguments: [
    ("Rosenbrock", "--steps", "0"), ("Rosenbrock", "--largest-rate", "2"),
    ("Stability", "--beta3", "1"), ("Stability", "--columns", "1"),
    ("LeastSquares", "--rows", "10"), ("LeastSquares", "--condition", "0"),
    ("LeastSquares", "--noise", "nan"),
    ("AutomaticDifferentiation", "--rate", "inf"),
    ("AutomaticDifferentiation", "--width", "0"),
  ])
  func `says which argument it cannot use`(
    _ name: String, _ option: String, _ value: String
  ) throws {
    let run = try ExampleRun(name, option, value)
    #expect(run.status == 64 && run.files.isEmpty)
    #expect(
      run.complaints.contains(option.dropFirst(2))
        && run.complaints.contains("it must"))
  }

  @Test(arguments: [
    "Rosenbrock", "Stability", "LeastSquares", "AutomaticDifferentiation",
  ])
  func `explains itself`(_ name: String) throws {
    let run = try ExampleRun(name, "--help")
    #expect(run.status == 0 && run.printed.contains("--output"))
    #expect(run.files.isEmpty)
  }
}
