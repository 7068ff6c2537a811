//===--- ModelOptions.swift - text and model, for all commands ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Foundation
import Layers
import Numerals

/// The options of the text and the model.
struct ModelOptions: ParsableArguments {
  @Option(help: "The file of a text in ASCII. (default: the New Testament)")
  var text: String?
  @Option(help: "The number of characters in a sequence.")
  var context = 128
  @Option(help: "The numbers that stand for a character between two blocks.")
  var width = 128
  @Option(help: "The number of attention heads.")
  var heads = 4
  @Option(help: "The blocks, each of attention and a feed-forward net.")
  var blocks = 4

  /// The most parameters: with gradients and three moments they take 2 GB.
  private static let largestParameterCount = 100_000_000
  /// The most activations: they take 2 GB.
  private static let largestActivationCount = 500_000_000

  func validate() throws {
    for (name, value) in [
      ("context", context), ("width", width), ("heads", heads),
      ("blocks", blocks),
    ] {
      try require(name, value, in: 1...4096)
    }
    guard width.isMultiple(of: heads) else {
      throw ValidationError(
        "--heads \(heads): it must divide the width \(width).")
    }
    // No text in ASCII has a larger vocabulary.
    let parameters = GPTLayers(shape(vocabulary: 0x80)).plan.count
    guard parameters <= Self.largestParameterCount else {
      throw ValidationError(
        "--width \(width), --blocks \(blocks): \(grouped(parameters)) "
          + "parameters; it must be \(grouped(Self.largestParameterCount)) "
          + "or fewer.")
    }
    try requireMemory(forSequences: RunSettings.defaultSequences)
  }

  /// Refuses a model that is too large for `count` sequences at a time.
  ///
  /// - Throws: `ValidationError`, which names the options and the limit.
  func requireMemory(forSequences count: Int) throws {
    // No text in ASCII has a larger vocabulary.
    let activations = shape(vocabulary: 0x80).activationCount(sequences: count)
    guard activations <= Self.largestActivationCount else {
      throw ValidationError(
        "--context \(context), --width \(width), --heads \(heads), "
          + "--blocks \(blocks): \(grouped(activations)) activations of "
          + "\(count) sequences; it must be "
          + "\(grouped(Self.largestActivationCount)) or fewer.")
    }
  }

  func corpus() throws -> Corpus {
    guard let text else { return try Self.bundledCorpus() }
    return try Corpus(bytes(of: text))
  }

  /// The text that comes with the program.
  static func bundledCorpus() throws -> Corpus {
    try Corpus(bytes(of: "\(Bundle.module.bundlePath)/new-testament.txt"))
  }

  func shape(_ corpus: Corpus) -> GPTShape {
    shape(vocabulary: corpus.vocabulary.count)
  }

  private func shape(vocabulary: Int) -> GPTShape {
    GPTShape(
      vocabulary: vocabulary, context: context, width: width, heads: heads,
      blocks: blocks)
  }
}

extension GPTShape {
  /// The approximate count of numbers in the matrices of ``GPTActivations``.
  fileprivate func activationCount(sequences: Int) -> Int {
    let rows = sequences * context
    let block = 14 * width + heads * context
    return rows * (blocks * block + 11 * width + vocabulary)
  }
}
