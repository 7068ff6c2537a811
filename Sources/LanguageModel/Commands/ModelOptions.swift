//===--- ModelOptions.swift - text and model, for all commands ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import ArgumentParser
import Commands
import Foundation

/// What is trained, and on what.
struct ModelOptions: ParsableArguments {
  @Option(help: "A text in ASCII. (default: the New Testament)")
  var text: String?
  @Option(help: "Characters that the model looks back on.")
  var context = 128
  @Option(help: "Numbers for a character.")
  var width = 128
  @Option(help: "Heads of attention.")
  var heads = 4
  @Option(help: "Blocks of attention and a feed-forward net.")
  var blocks = 4

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
  }

  func corpus() throws -> Corpus { try Corpus(path: text ?? bundledText()) }

  func shape(_ corpus: Corpus) -> GPTShape {
    GPTShape(
      vocabulary: corpus.vocabulary.count, context: context, width: width,
      heads: heads, blocks: blocks)
  }
}

/// The text that comes with the program.
private func bundledText() throws -> String {
  guard
    let path = Bundle.module.path(
      forResource: "new-testament", ofType: "txt")
  else { throw ValidationError("The program's text is missing: use --text.") }
  return path
}
