//===--- ExamplesTests.swift - each example, shortly ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation
import TestSupport
import Testing

@Suite struct `An example` {
  @Test func `finds Adam's limit of stability`() throws {
    let run = try ExampleRun("Stability", "--columns", "8")
    #expect(run.status == 0 && run.complaints.isEmpty)
    #expect(run.isPicture("stability-limit.svg"))
    #expect(run.isPicture("stability-decay.svg"))
    #expect(run.numbers(after: "of Adam (alpha 0)") == [38])
    #expect(run.isPicture("stability-idle.svg"))
    // As the paper has it, after 20,000 steps: see "Idle and rare parameters".
    let growth = run.rows("stability-idle.csv")
      .filter { $0["steps"] == 20_000 }.compactMap { $0["update"] }
    try #require(growth.count == 4)
    #expect(abs(growth[1] / 4_840 - 1) < 0.01 && growth[2] == 6, "\(growth)")
    #expect(growth[0] < 1e-9 && growth[3] == 0, "\(growth)")
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
    // The losses that optax's documentation prints.
    #expect(
      run.printed.contains("1.39E+01, 1.38E+01, 1.36E+01, 1.35E+01, 1.34E+01"))
    let rows = run.rows("spirals.csv")
    #expect(rows.count == 2 * 401)
    for name in ["AdamW", "AdEMAMix"] {
      // Guesses have a loss of 0.69 and an accuracy of 50 %.
      let end = run.numbers(after: "\(name): ")
      try #require(end.count == 2)
      #expect(end[0] < 0.4 && end[1] > 65)
    }
  }

  @Test(arguments: ["full", "minimal"])
  func `tells handwritten digits`(storage: String) throws {
    let run = try ExampleRun(
      "Digits", "--steps", "150", "--seeds", "2", "--width", "32", "--batch",
      "32", "--storage", storage)
    #expect(run.status == 0 && run.complaints.isEmpty)
    for name in ["loss", "errors", "rates"] {
      #expect(run.isPicture("digits-\(name).svg"))
    }
    #expect(run.rows("digits-rates.csv").count == 3 * 9)
    // AdamW's first run begins with guesses, and ends with knowledge.
    let rows = run.rows("digits.csv").filter { $0["run"] == 1 }
    #expect(abs((rows.first?["test loss"] ?? 0) - 2.3026) < 0.1)
    let last = try #require(rows.first { $0["step"] == 150 })
    #expect(last["test accuracy"] ?? 0 > 0.92)
    #expect(last["training accuracy"] ?? 0 > 0.95)
    #expect(last["test loss"] ?? 1 > last["training loss"] ?? 1)
    // Each optimizer has the learning rate of its lowest validation loss.
    for (index, name) in ["AdamW", "β₃ = 0.99", "β₃ = 0.999"].enumerated() {
      let tried = run.rows("digits-rates.csv")[(9 * index)..<(9 * index + 9)]
      let best = tried.min { $0["median"] ?? .nan < $1["median"] ?? .nan }
      let chosen = run.numbers(after: "\(name): rate")
      #expect(chosen.first == best?["learning rate"])
    }
  }

  @Test func `compares language models`() throws {
    let run = try ExampleRun(
      "LanguageModel", "compare", "--context", "8", "--width", "8", "--heads",
      "2", "--blocks", "1", "--steps", "100", "--learning-rates", "0.003",
      "0.01", "--seeds", "1", "2", "--shares", "0.5")
    #expect(run.status == 0 && run.complaints.isEmpty)
    #expect(run.isPicture("language-model.svg"))
    #expect(run.isPicture("language-model-rates.svg"))
    #expect(run.files["summary.txt"].map(run.printed.hasPrefix) == true)
    // 63 characters at first, whose logarithm is 4.14, and less to choose from
    // with what was learned.
    let rows = run.rows("curves.csv")
    let first = try #require(rows.first?["validation_loss"])
    let last = try #require(rows.last?["validation_loss"])
    #expect(abs(first - 4.14) < 0.1)
    #expect(last < 3.3 && last > 2)
    // Two rates, the best of each with two seeds, and two runs of a half.
    #expect(rows.count == (4 + 4) * 2 + 2 * 2)
  }

  @Test(arguments: [
    ("full", "scalar"), ("minimal", "scalar"), ("minimal", "split24"),
  ])
  func `trains a language model, and writes with it`(
    storage: String, weights: String
  ) throws {
    let run = try ExampleRun(
      "LanguageModel", "train", "--context", "16", "--width", "16", "--heads",
      "2", "--blocks", "1", "--steps", "20", "--learning-rate", "0.01",
      "--storage", storage, "--weights", weights)
    #expect(run.status == 0 && run.complaints.isEmpty)
    #expect(run.printed.contains("from step 0"))
    #expect(run.numbers(after: "validation loss").first ?? 9 < 3.9)
    #expect(run.rows("curve.csv").map { $0["step"] } == [0, 20])
    // The text that it writes is not one line of numbers.
    #expect(run.printed.utf8.count > 400)
  }

  @Test func `compares storages on the same data`() throws {
    let run = try ExampleRun(
      "LanguageModel", "storages", "--context", "16", "--width", "16",
      "--heads", "2", "--blocks", "1", "--steps", "20", "--learning-rate",
      "0.01", "--seeds", "1", "2")
    #expect(run.status == 0)
    // 20 and 9.05 in a large model: the memory of moments is aligned.
    #expect(run.printed.contains("| full | 22.16 |"))
    #expect(run.printed.contains("| minimal, split24 | 10.85 |"))
    #expect(run.isPicture("storages.svg"))
    let rows = run.rows("storages.csv")
    #expect(rows.count == 7 * 2 * 2)
    let last = rows.filter { $0["step"] == 20 }.map {
      $0["validation_loss"] ?? .nan
    }
    let mean = last.reduce(0, +) / Double(last.count)
    #expect(last.allSatisfy { abs($0 / mean - 1) < 0.05 }, "\(last)")
    // Each storage has bits of its own.
    #expect(Set(last).count == 14)
  }

  @Test func `finds the largest model that fits`() throws {
    let folder = try TemporaryFolder()
    let run = try ProgramRun(
      "LanguageModel", ["memory", "--limit", "120", "--width", "256"],
      in: folder)
    #expect(run.status == 0 && run.complaints.isEmpty, "\(run.complaints)")
    let rows = run.printed.split(separator: "\n").dropFirst(2).map {
      $0.split(separator: "|").map {
        $0.trimmingCharacters(in: CharacterSet.whitespaces)
      }
    }
    #expect(rows.count == 14)
    func parameters(_ row: Int) -> Int {
      Int(rows[row][2].replacing(",", with: "")) ?? 0
    }
    // 20 and 7.05 bytes a parameter, with what the process has besides.
    #expect(rows[0][0] == "full" && rows[13][0] == "minimal, split24")
    #expect(parameters(13) > 2 * parameters(0))
    #expect(rows.allSatisfy { Int($0[4]) ?? 999 <= 120 }, "\(rows)")
  }

  @Test func `shows the rows of rare characters`() throws {
    let run = try ExampleRun("LanguageModel", "rare", "--quick")
    #expect(run.status == 0 && run.complaints.isEmpty)
    #expect(run.printed.contains("| Q (3) | - (10) | U (35) | Z (36) |"))
    #expect(run.isPicture("rare-row-1.0.svg"))
    // AdamW, and AdEMAMix as it is, limited and skipping.
    #expect(run.rows("rare-losses.csv").count == 4)
    for row in run.rows("rare-losses.csv") {
      #expect(row["validation_loss"] ?? 9 < 4)
      #expect(row["loss_behind_rare"] ?? 9 < 4.5)
    }
    // 63 characters each; no batch has met the rarest one.
    let rows = run.rows("rare-rows.csv")
    #expect(rows.count == 4 * 63)
    let rarest = rows.filter { $0["occurrences"] == 3 }
    #expect(rarest.count == 4)
    let last = rarest.compactMap { $0["last"] }
    try #require(last.count == 4)
    let largest = try #require(rarest.first?["largest"])
    #expect(rarest.allSatisfy { $0["largest"] == largest })
    // Skipped rows keep their bits; the others decay.
    for (index, value) in last.enumerated() {
      #expect(index == 3 ? value == largest : value < largest)
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
    ("Digits", "--batch", "0"),
    ("Digits", "--alpha", "nan"), ("Digits", "--width", "5000"),
    ("LanguageModel compare", "--learning-rates", "20"),
    ("LanguageModel compare", "--beta3", "1"),
    ("LanguageModel compare", "--shares", "0.00001"),
    ("LanguageModel train", "--learning-rate", "0"),
    ("LanguageModel train", "--alpha", "nan"),
    ("LanguageModel train", "--width", "4096"),
    ("LanguageModel train", "--context", "4096"),
    ("LanguageModel rare", "--beta3", "1"),
    ("LanguageModel rare", "--limits", "0"),
    ("LanguageModel rare", "--warmups", "1.5"),
    ("LanguageModel rare", "--below", "1"),
    ("LanguageModel storages", "--steps", "0"),
    ("LanguageModel storages", "--beta3", "1"),
    ("LanguageModel study", "--beta3s", "1"),
    ("LanguageModel study", "--lengths", "0"),
    ("Digits study", "--warmups", "1.5"), ("Digits study", "--alphas", "nan"),
    ("Digits study", "--learning-rates", "0"),
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

  @Test func `names a text that it cannot read`() throws {
    let run = try ExampleRun("LanguageModel train", "--text", "/missing/text")
    #expect(run.status == 1 && run.files.isEmpty)
    #expect(run.complaints.contains("/missing/text: "))
  }

  @Test(arguments: [
    ("--seeds", "1", "1"), ("--learning-rates", "0.01", "1e-2"),
    ("--shares", "0.5", "0.50001"),
  ])
  func `compares no run with itself`(
    _ option: String, _ value: String, _ same: String
  ) throws {
    let run = try ExampleRun("LanguageModel compare", option, value, same)
    #expect(run.status == 64 && run.files.isEmpty)
    #expect(
      run.complaints.contains(option) && run.complaints.contains("only once"))
  }

  @Test(arguments: [
    "Rosenbrock", "Stability", "LeastSquares", "AutomaticDifferentiation",
    "Digits compare", "Digits study", "Guidance", "LanguageModel compare",
    "LanguageModel rare", "LanguageModel storages", "LanguageModel study",
    "LanguageModel train",
  ])
  func `explains itself`(_ name: String) throws {
    let run = try ExampleRun(name, "--help")
    #expect(run.status == 0 && run.printed.contains("--output"))
    #expect(run.files.isEmpty)
  }
}
