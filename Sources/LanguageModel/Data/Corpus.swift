//===--- Corpus.swift - a text as training and validation symbols ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A text as symbols: the numbers of its characters in the vocabulary.
package struct Corpus: Sendable {
  /// The different characters of the text, in ASCII, in order.
  package let vocabulary: [UInt8]
  package let training: [Int32]
  package let validation: [Int32]
  /// Tells texts apart: their FNV-1a hash of 64 bits (Fowler, Noll and Vo).
  package let digest: UInt64

  /// The text is divided into blocks of so many characters.
  package static let blockSize = 4096
  /// One of so many blocks, the last, is for validation, so that it holds
  /// something of every part of the text.
  package static let blocksForEachValidationBlock = 20

  /// The symbols of a text.
  ///
  /// - Throws: ``CorpusError`` for what is no ASCII, or too short.
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

  /// The length of the shortest text that has so many characters for validation.
  static func length(forValidation count: Int) -> Int {
    let fullBlocks = (count - 1) / blockSize
    let trainingBlocks =
      (fullBlocks + 1) * (blocksForEachValidationBlock - 1)
    return trainingBlocks * blockSize + count
  }

  /// The characters of symbols.
  package func text(_ symbols: some Sequence<Int32>) -> String {
    String(decoding: symbols.map { vocabulary[Int($0)] }, as: UTF8.self)
  }
}

/// What is wrong with a text.
package enum CorpusError: Error, Hashable, CustomStringConvertible {
  case notASCII(byte: UInt8, offset: Int)
  case tooShort(count: Int, needed: Int)

  package var description: String {
    switch self {
    case .notASCII(let byte, let offset):
      "Byte \(byte) at \(offset): the text must be ASCII, 0 to 127."
    case .tooShort(let count, let needed):
      "A text of \(count) characters: it must have at least \(needed)."
    }
  }
}
