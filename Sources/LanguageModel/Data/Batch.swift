//===--- Batch.swift - sequences and their next characters ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Layers

/// Sequences of equal length, one behind the other, and for each character the
/// next character of the text.
package struct Batch: Sendable, Hashable {
  package private(set) var inputs: [Int32]
  package private(set) var targets: [Int32]

  /// The batch of a training step: sequences from random places of the text,
  /// which depend on the seed and the step alone.
  package init(
    of symbols: [Int32], seed: UInt64, step: Int, sequences: Int, context: Int
  ) {
    // The streams with lower numbers are those of the first parameters.
    let random = CounterRandom(seed: seed, stream: 1 << 32 + UInt64(step))
    self.init(
      symbols, context: context,
      starts: (0..<sequences).map {
        random.below(symbols.count - context, UInt64($0))
      })
  }

  /// The batches of a whole text, without a rest that does not fill a batch.
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

  /// A range of the sequences of this batch, which has `sequences` of them.
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
