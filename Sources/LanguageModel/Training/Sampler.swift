//===--- Sampler.swift - text from a trained model ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Layers

/// Draws characters, each from the model's probabilities for the text before
/// it.
package struct Sampler: ~Copyable {
  private let model: GPT<Float>
  private let parameters: [Float]

  package init(_ settings: RunSettings, _ parameters: [Float]) {
    model = GPT(GPTLayers(settings.shape), sequences: 1)
    self.parameters = parameters
  }

  /// Random symbols, which depend on the seed alone. Each symbol takes a
  /// forward pass over the context.
  package func symbols(_ count: Int, seed: UInt64) -> [Int32] {
    let context = model.layers.shape.context
    let random = CounterRandom(seed: seed, stream: 0)
    // Symbol 0, the smallest character of the text, is the end of a line: the
    // first symbol is drawn as the beginning of one.
    var symbols: [Int32] = [0]
    for index in 0..<count {
      let seen = symbols.suffix(context)
      let padding = repeatElement(Int32(0), count: context - seen.count)
      let probabilities = model.probabilities(
        parameters, Array(seen) + padding, behind: seen.count - 1)
      var left = Float(random.uniform(UInt64(index)))
      let symbol = probabilities.firstIndex {
        left -= $0
        return left < 0
      }
      symbols.append(Int32(symbol ?? probabilities.count - 1))
    }
    return Array(symbols.dropFirst())
  }
}
