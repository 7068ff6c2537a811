//===--- Batch.swift - sequences, and what follows each character ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Layers

/// Sequences of equal length, one behind the other, and for each character the
/// one that follows it.
package struct Batch: Sendable, Hashable {
  package private(set) var inputs: [Int32]
  package private(set) var targets: [Int32]

  /// The batch of one training step: sequences from anywhere in the text, as a
  /// function of seed and step alone.
  package init(
    of symbols: [Int32], seed: UInt64, step: Int, sequences: Int, context: Int
  ) {
    // The streams below are those of the parameters' first values.
    let random = CounterRandom(seed: seed, stream: 1 << 32 + UInt64(step))
    self.init(
      symbols, context: context,
      starts: (0..<sequences).map {
        random.below(symbols.count - context, UInt64($0))
      })
  }

  /// All of a text, as far as it fills whole batches.
  package static func all(
    of symbols: [Int32], sequences: Int, context: Int
  ) -> [Batch] {
    let count = (symbols.count - 1) / (sequences * context)
    return (0..<count).map { batch in
      Batch(
        symbols, context: context,
        starts: (0..<sequences).map {
          (batch * sequences + $0) * context
        })
    }
  }

  /// Some of its sequences, by their numbers, of so many that it has.
  func part(_ part: Range<Int>, of sequences: Int) -> Batch {
    guard part.count < sequences else { return self }
    let context = inputs.count / sequences
    let range = part.lowerBound * context..<part.upperBound * context
    var batch = self
    batch.inputs = Array(inputs[range])
    batch.targets = Array(targets[range])
    return batch
  }

  private init(_ symbols: [Int32], context: Int, starts: [Int]) {
    inputs = []
    targets = []
    inputs.reserveCapacity(starts.count * context)
    targets.reserveCapacity(starts.count * context)
    for start in starts {
      inputs += symbols[start..<start + context]
      targets += symbols[start + 1..<start + context + 1]
    }
  }
}
