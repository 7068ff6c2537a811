//===--- CorpusTests.swift - texts and batches ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import LanguageModel
import Testing

@Suite struct `A text` {
  @Test func `that is not ASCII or too short is refused`() {
    var text = self.text
    text[77] = 0xC3
    #expect(throws: CorpusError.notASCII(byte: 0xC3, offset: 77)) {
      _ = try Corpus(text)
    }
    #expect(throws: CorpusError.tooShort(count: 10, needed: 81_920)) {
      _ = try Corpus([UInt8](repeating: 65, count: 10))
    }
  }

  @Test func `is divided without loss, and spelled back`() throws {
    let corpus = try Corpus(text)
    #expect(corpus.validation.count == 2 * Corpus.blockSize)
    #expect(corpus.training.count + corpus.validation.count == text.count)
    #expect(corpus.vocabulary == Array(40..<90))
    let size = Corpus.blockSize
    #expect(
      corpus.text(corpus.validation.prefix(size))
        == String(decoding: text[19 * size..<20 * size], as: UTF8.self))
    #expect(
      corpus.text(corpus.training.prefix(19 * size))
        == String(decoding: text[..<(19 * size)], as: UTF8.self))
  }

  @Test func `has a digest of all of its characters`() throws {
    #expect(try Corpus(text).digest == Corpus(text).digest)
    for index in [0, text.count / 2, text.count - 1] {
      var other = text
      other[index] ^= 1
      #expect(try Corpus(other).digest != Corpus(text).digest)
    }
  }

  private var text: [UInt8] {
    (0..<40 * Corpus.blockSize).map { UInt8(40 + ($0 * $0 / 7) % 50) }
  }
}

@Suite struct `A batch` {
  private let symbols = (0..<1000).map { Int32($0) }

  @Test func `is a function of seed and step`() {
    let batch = batch(seed: 1, step: 3)
    #expect(batch == self.batch(seed: 1, step: 3))
    #expect(batch != self.batch(seed: 1, step: 4))
    #expect(batch != self.batch(seed: 2, step: 3))
  }

  @Test func `has the character behind each`() {
    let batch = batch(seed: 5, step: 0)
    #expect(batch.inputs.count == 8 * 16)
    #expect(batch.targets == batch.inputs.map { $0 + 1 })
  }

  @Test func `comes from all of the text, its ends included`() {
    var seen: Set<Int32> = []
    for step in 0..<2000 {
      let batch = batch(seed: 1, step: step)
      seen.formUnion(batch.inputs)
      seen.formUnion(batch.targets)
    }
    #expect(seen.count == symbols.count)
  }

  @Test func `list of a whole text has each character once`() {
    let batches = Batch.all(of: symbols, sequences: 3, context: 16)
    #expect(batches.count == 999 / 48)
    #expect(batches.flatMap(\.inputs) == Array(symbols[..<(20 * 48)]))
    #expect(batches.flatMap(\.targets) == Array(symbols[1...(20 * 48)]))
  }

  private func batch(seed: UInt64, step: Int) -> Batch {
    Batch(of: symbols, seed: seed, step: step, sequences: 8, context: 16)
  }
}
