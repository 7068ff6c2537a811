//===--- Memory.swift - the largest model that fits -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import ArgumentParser
import Commands
import Foundation
import Layers
import Numerals

/// Finds the largest model that fits into some memory, for each form of moments
/// and weights.
struct Memory: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Finds the largest model that fits, for each storage.",
    discussion: """
      Each model is trained for two steps, of 16 characters each, by a process of \
      its own, and blocks are added or taken away until the peak of the process \
      is the largest within the limit. The table has the bytes that the optimizer \
      says beforehand, with weights and gradients, beside the peak.
      """)

  @Option(help: "The limit in millions of bytes.")
  var limit = 2_000
  @Option(help: "The numbers that stand for a character between two blocks.")
  var width = 512
  @Option(help: "The blocks of one model, which is measured alone.")
  var blocks: Int?
  @Option(help: "The storage of moments of that one model.")
  var storage = StorageName.full
  @Option(help: "The form of the weights of that one model.")
  var weights = WeightFormat.scalar
  @Flag(help: "Whether the gradients of that one model are released.")
  var releaseGradients = false

  func validate() throws {
    try require("limit", limit, in: 100...1_000_000)
    try require("width", width, in: 8...4_096)
    guard width.isMultiple(of: 8) else {
      throw ValidationError("--width \(width): it must be a multiple of 8.")
    }
    if let blocks { try require("blocks", blocks, in: 1...4_096) }
  }

  func run() throws {
    try rerunInReleaseIfNeeded(LanguageModel._commandName)
    useThreads(1)
    let corpus = try ModelOptions.bundledCorpus()
    if let blocks {
      let variant = StorageVariant(storage, weights)
      let trial = MemoryTrial(
        variant, releasesGradients: releaseGradients, width: width,
        blocks: blocks, corpus)
      try trial.run(corpus)
      print(peakByteCount())
      return
    }
    print(
      "| storage | gradients | parameters | bytes a parameter, said beforehand "
        + "| peak, MB | peak a parameter |")
    print("| --- | --- | --- | --- | --- | --- |")
    for releasesGradients in [false, true] {
      for variant in StorageVariant.all {
        let (trial, peak) = try largest(
          variant, releasesGradients, corpus)
        let count = Double(trial.parameterCount)
        let row = [
          variant.name, releasesGradients ? "released" : "kept",
          grouped(trial.parameterCount),
          (Double(try trial.predictedByteCount()) / count).text(decimals: 2),
          grouped(peak / 1_000_000), (Double(peak) / count).text(decimals: 2),
        ]
        print("| \(row.joined(separator: " | ")) |")
      }
    }
  }

  /// The model of most blocks whose peak is within the limit, and the peak.
  private func largest(
    _ variant: StorageVariant, _ releasesGradients: Bool, _ corpus: Corpus
  ) throws -> (MemoryTrial, peak: Int) {
    let limit = limit * 1_000_000
    func trial(_ blocks: Int) -> MemoryTrial {
      MemoryTrial(
        variant, releasesGradients: releasesGradients, width: width,
        blocks: blocks, corpus)
    }
    let block =
      try trial(2).predictedByteCount() - trial(1).predictedByteCount()
    var blocks = limit / block
    var best: (MemoryTrial, Int)?
    while blocks > 0 {
      let peak = try trial(blocks).peak()
      if peak <= limit {
        best = (trial(blocks), peak)
        blocks += 1
      } else {
        if let best { return best }
        // Rounded down, so that the next model is not too small.
        blocks -= max(1, (peak - limit) / block)
      }
    }
    throw ValidationError(
      "--limit \(self.limit): no model of width \(width) fits.")
  }
}

extension MemoryTrial {
  /// The peak of a process that trains the model.
  ///
  /// - Throws: The errors of starting the process, and `ValidationError` if the
  ///   process fails.
  fileprivate func peak() throws -> Int {
    let process = Process()
    process.executableURL = URL(
      filePath: try FileManager.default.destinationOfSymbolicLink(
        atPath: "/proc/self/exe"))
    process.arguments =
      [
        "memory", "--blocks", "\(settings.shape.blocks)", "--width",
        "\(settings.shape.width)", "--storage", settings.storage.rawValue,
        "--weights", settings.weights.rawValue,
      ] + (settings.releasesGradients ? ["--release-gradients"] : [])
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let text = String(decoding: printed, as: UTF8.self)
    guard process.terminationStatus == 0,
      let peak = Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
    else {
      throw ValidationError(
        "A model of \(grouped(parameterCount)) parameters was not trained.")
    }
    return peak
  }
}
