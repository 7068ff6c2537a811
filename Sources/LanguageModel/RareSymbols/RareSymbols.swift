//===--- RareSymbols.swift - characters that few batches have -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Glibc
internal import Layers

/// The characters that a training text has fewer times than a limit.
package struct RareSymbols: Sendable {
  /// The number of times that the training text has each symbol.
  package let counts: [Int]
  /// The rare symbols, the rarest first.
  package let symbols: [Int]
  private let corpus: Corpus

  package init(_ corpus: Corpus, below limit: Int) {
    var counts = [Int](repeating: 0, count: corpus.vocabulary.count)
    for symbol in corpus.training { counts[Int(symbol)] += 1 }
    symbols = counts.indices.filter { counts[$0] < limit }
      .sorted { counts[$0] < counts[$1] }
    self.counts = counts
    self.corpus = corpus
  }

  /// The other symbols.
  package var frequent: [Int] {
    counts.indices.filter { !symbols.contains($0) }
  }

  /// The character that a symbol stands for.
  package func character(_ symbol: Int) -> String {
    corpus.text([Int32(symbol)])
  }

  /// The mean loss of the characters behind rare ones in the training text, in
  /// nats. A rare character is in the middle of the context: its second half
  /// is predicted.
  ///
  /// - Parameters:
  ///   - parameters: The parameters of the model.
  ///   - shape: The shape of the model.
  /// - Returns: The mean, which is NaN for a text without rare characters.
  package func loss(_ parameters: [Float], _ shape: GPTShape) -> Double {
    let model = GPT<Float>(GPTLayers(shape), sequences: 1)
    let text = corpus.training
    let rare = Set(symbols.map(Int32.init))
    var sum = LossSum()
    for place in text.indices where rare.contains(text[place]) {
      let start = place - shape.context / 2
      guard start >= 0, start + shape.context < text.count else { continue }
      let inputs = Array(text[start..<start + shape.context])
      for position in shape.context / 2..<shape.context {
        let next = text[start + position + 1]
        let probabilities = model.probabilities(
          parameters, inputs, behind: position)
        sum.add(-log(Double(probabilities[Int(next)])))
      }
    }
    return sum.mean
  }
}
