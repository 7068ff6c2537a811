//===--- Corpus.swift - a text as training and validation symbols ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A text as symbols. A symbol is the index of a character in the vocabulary.
package struct Corpus: Sendable {
  /// The different characters of the text, in the order of ASCII.
  package let vocabulary: [UInt8]
  package let training: [Int32]
  package let validation: [Int32]
  /// The text's FNV-1a hash of 64 bits (Fowler, Noll and Vo), to tell texts
  /// apart.
  package let digest: UInt64

  /// The number of characters in a block of the text.
  package static let blockSize = 4096
  /// The last of this many blocks is used for validation. The validation text
  /// so has characters of every part of the text.
  package static let blocksForEachValidationBlock = 20

  /// The symbols of a text.
  ///
  /// - Throws: ``CorpusError`` for a text that is not ASCII, or too short.
  package init(_ text: [UInt8]) throws(CorpusError) {
    if let offset = text.firstIndex(where: { $0 >= 0x80 }) {
      throw .notASCII(byte: text[offset], offset: offset)
    }
    let needed = Self.blockSize * Self.blocksForEachValidationBlock
    guard text.count >= needed else {
      throw .tooShort(count: text.count, needed: needed)
    }
    vocabulary = Set(text).sorted()
    var symbols = [Int32](repeating: 0, count: 0x80)
    for (symbol, character) in vocabulary.enumerated() {
      symbols[Int(character)] = Int32(symbol)
    }
    var training: [Int32] = []
    var validation: [Int32] = []
    for (index, character) in text.enumerated() {
      let block = index / Self.blockSize % Self.blocksForEachValidationBlock
      if block == Self.blocksForEachValidationBlock - 1 {
        validation.append(symbols[Int(character)])
      } else {
        training.append(symbols[Int(character)])
      }
    }
    digest = text.reduce(0xcbf2_9ce4_8422_2325) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    self.training = training
    self.validation = validation
  }

  /// The length of the shortest text with `count` characters for validation.
  static func length(forValidation count: Int) -> Int {
    let fullBlocks = (count - 1) / blockSize
    let trainingBlocks =
      (fullBlocks + 1) * (blocksForEachValidationBlock - 1)
    return trainingBlocks * blockSize + count
  }

  /// The text that symbols stand for.
  package func text(_ symbols: some Sequence<Int32>) -> String {
    String(decoding: symbols.map { vocabulary[Int($0)] }, as: UTF8.self)
  }
}
