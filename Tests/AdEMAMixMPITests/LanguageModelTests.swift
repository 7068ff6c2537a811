//===--- LanguageModelTests.swift - the example, on ranks and alone -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import Foundation
import TestSupport
import Testing

@Suite(.serialized) struct `The language model` {
  private static let options = [
    "ranks", "--context", "16", "--width", "16", "--heads", "2", "--blocks",
    "1", "--steps", "20", "--interval", "10", "--learning-rate", "1e-2",
  ]

  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      (2, []), (4, []), (4, ["--replicated"]), (2, ["--storage", "compact"]),
    ])
  func `reaches the loss of one process with the same global batch`(
    ranks: Int, options: [String]
  ) throws {
    let (status, lines) = try run(ranks: ranks, options)
    #expect(status == 0)
    let together = try losses("together", in: lines)
    let alone = try losses("alone", in: lines)
    // In nats. Sequences in the place of others make thousandths.
    for (loss, expected) in zip(together, alone) {
      #expect(abs(loss - expected) < 1e-4)
    }
    // It has learned something, or there were nothing to compare: the first
    // loss is 4.2.
    #expect(together.allSatisfy { $0 < 3.5 })
    // Each line is printed by one rank.
    #expect(lines.count == 8, "\(lines)")
  }

  @Test(.timeLimit(.minutes(1)))
  func `goes on from its checkpoint on another number of ranks`() throws {
    let folder = try TemporaryFolder()
    let output = ["--output", folder.path]
    let whole = try run(ranks: 4, output + ["--no-alone"]).lines
    // As if it had been killed: the checkpoint of the last step is gone.
    let checkpoints = folder.file("sharded")
    for name in try FileManager.default.contentsOfDirectory(atPath: checkpoints)
    where name.hasPrefix("step-000000020") {
      try FileManager.default.removeItem(atPath: "\(checkpoints)/\(name)")
    }
    let (status, lines) = try run(ranks: 2, output)
    #expect(status == 0)
    #expect(lines.first?.hasSuffix("from step 10") == true)
    let resumed = try losses("together", in: lines)
    for other in [
      try losses("together", in: whole), try losses("alone", in: lines),
    ] {
      for (loss, expected) in zip(resumed, other) {
        #expect(abs(loss - expected) < 1e-4)
      }
    }
  }

  @Test(.timeLimit(.minutes(1)), arguments: [2, 3])
  func `has the same loss where gradients are sent behind the backward pass`(
    ranks: Int
  ) throws {
    let options = ["--batch", "12", "--no-alone"]
    let whole = try run(ranks: ranks, options)
    let (status, lines) = try run(
      ranks: ranks, options + ["--overlap", "--timing"])
    #expect(status == 0)
    #expect(
      try losses("together", in: lines) == losses("together", in: whole.lines))
    // Of 20 steps with gradients of 8 bits: hundredths of a nat at most.
    let narrow = try run(
      ranks: ranks, options + ["--overlap", "--wire", "bfloat16"])
    for (loss, expected) in zip(
      try losses("together", in: narrow.lines),
      try losses("together", in: whole.lines))
    {
      #expect(loss != expected)
      #expect(abs(loss - expected) < 1e-2)
    }
    let times = try #require(lines.first { $0.hasPrefix("ms a step") })
    #expect(times.contains("waits for sums"))
    #expect(times.contains("backward pass"))
  }

  @Test(.timeLimit(.minutes(1)))
  func `refuses a batch that the ranks cannot share evenly`() throws {
    let (status, lines) = try run(ranks: 3, ["--batch", "16"])
    #expect(status != 0)
    #expect(lines.isEmpty)
  }

  private func run(
    ranks: Int, _ options: [String]
  ) throws -> (status: CInt, lines: [String]) {
    try Job(
      ranks: ranks, program: "LanguageModel", Self.options + options
    ).end()
  }

  /// The training and the validation loss of a line.
  private func losses(_ name: String, in lines: [String]) throws -> [Double] {
    let line = try #require(
      lines.first { $0.hasPrefix("\(name): ") }, "\(lines)")
    let losses = line.dropFirst(name.count)
      .split { $0 == " " || $0 == "," }.compactMap { Double($0) }.prefix(2)
    try #require(losses.count == 2, "\(line)")
    return Array(losses)
  }
}

#endif
