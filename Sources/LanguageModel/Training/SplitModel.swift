//===--- SplitModel.swift - weights in two parts --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

/// A model whose weights are in two parts: the bfloat16 numbers that the model
/// computes with, beside the corrections that the optimizer keeps.
struct SplitModel {
  private(set) var weights: [BFloat16]
  /// The gradients of all weights, or of the largest part if gradients are
  /// released.
  private var gradients: [BFloat16]
  private var memory: PartMemory

  /// Makes memory for a model with these weights.
  init(_ weights: [BFloat16], _ layers: GPTLayers, releasing: Bool) {
    self.weights = weights
    let largest = layers.parts.map(\.elements.count).max() ?? 0
    gradients = Array(
      repeating: BFloat16(0), count: releasing ? largest : weights.count)
    memory = PartMemory(for: layers)
  }

  /// The bytes that gradients take, with `Float` memory for one part.
  var gradientByteCount: Int {
    gradients.count * MemoryLayout<BFloat16>.stride + memory.byteCount
  }

  /// The mean loss of a batch in nats a character.
  mutating func loss(_ model: borrowing GPT<Float>, _ batch: Batch) -> Double {
    model.loss(weights, batch, in: &memory)
  }

  /// Makes a step with the gradient of a batch.
  mutating func step<Worker: RunWorker & ~Copyable>(
    _ model: borrowing GPT<Float>, _ batch: Batch, with worker: inout Worker
  ) throws -> (loss: Double, norm: Double?) {
    let loss = model.loss(&weights, batch, in: &memory) { part, _, gradients in
      self.gradients.replace(
        from: part.elements.lowerBound, rounding: gradients)
    }
    return (loss, try worker.step(&weights, gradients: gradients))
  }

  /// Makes a step of which each part's gradient is released once it is used.
  mutating func openStep<Worker: RunWorker & ~Copyable>(
    _ model: borrowing GPT<Float>, _ batch: Batch, with worker: inout Worker
  ) throws -> (loss: Double, norm: Double?) {
    var loss = 0.0
    let norm = try worker.openStep { step in
      loss = try model.loss(&weights, batch, in: &memory) {
        part, weights, gradients in
        self.gradients.replace(from: 0, rounding: gradients)
        try unsafe weights.withUnsafeMutableBufferPointer { weights in
          var own = unsafe UnsafeMutableBufferPointer(
            rebasing: weights[part.elements])
          try unsafe self.gradients.withUnsafeBufferPointer {
            try unsafe step.update(
              part.name, &own,
              gradients: UnsafeBufferPointer(
                rebasing: $0[..<part.elements.count]))
          }
        }
      }
    }
    return (loss, norm)
  }
}

extension [BFloat16] {
  /// Replaces the elements from a place on by rounded numbers.
  fileprivate mutating func replace(
    from start: Int, rounding numbers: ArraySlice<Float>
  ) {
    for (offset, number) in numbers.enumerated() {
      self[start + offset] = BFloat16(number)
    }
  }
}
