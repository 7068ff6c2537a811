//===--- PartMemory.swift - bfloat16 weights, a part at a time ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix
internal import Layers

/// `Float` memory for one part of a model whose weights and gradients are kept
/// in bfloat16.
package struct PartMemory {
  fileprivate var values: [Float]
  fileprivate var gradients: [Float]

  /// Memory for any part of a model.
  package init(for layers: GPTLayers) {
    let largest = layers.parts.map(\.elements.count).max() ?? 0
    values = Array(repeating: 0, count: largest)
    gradients = Array(repeating: 0, count: largest)
  }

  /// The bytes of the memory.
  package var byteCount: Int {
    (values.count + gradients.count) * MemoryLayout<Float>.stride
  }
}

extension GPT<Float> {
  /// The mean loss of a batch in nats a character.
  ///
  /// - Parameters:
  ///   - weights: The weights, which are widened part by part.
  ///   - batch: The batch.
  ///   - memory: Memory for the widened parts.
  /// - Returns: The mean loss.
  package func loss(
    _ weights: [BFloat16], _ batch: Batch, in memory: inout PartMemory
  ) -> Double {
    let parts = layers.parts
    forward(batch.inputs) { name, work in
      memory.widen(weights, parts.part(name), for: work)
    }
    return CrossEntropy.lossAndGradient(views.logits, classes: batch.targets)
  }

  /// The mean loss of a batch in nats a character, with gradients that are
  /// rounded to bfloat16 part by part.
  ///
  /// - Parameters:
  ///   - weights: The weights, which `take` may change.
  ///   - batch: The batch.
  ///   - memory: Memory for the widened parts and their gradients.
  ///   - take: Takes each part with its gradients. No later stage reads the
  ///     weights of the part.
  /// - Returns: The mean loss.
  /// - Throws: The errors of `take`.
  package func loss(
    _ weights: inout [BFloat16], _ batch: Batch, in memory: inout PartMemory,
    take: (GPTPart, inout [BFloat16], ArraySlice<Float>) throws -> Void
  ) rethrows -> Double {
    let parts = layers.parts
    let loss = loss(weights, batch, in: &memory)
    try backward(batch.inputs) { name, work in
      let part = parts.part(name)
      memory.widen(weights, part, for: work)
      try take(part, &weights, memory.gradients[..<part.elements.count])
    }
    return loss
  }
}

extension PartMemory {
  /// Makes the work of a stage on the widened weights of its part, with
  /// gradients that are 0 at first.
  fileprivate mutating func widen(
    _ weights: [BFloat16], _ part: GPTPart, for work: GPT<Float>.Stage
  ) {
    let (elements, count) = (part.elements, part.elements.count)
    for index in 0..<count {
      values[index] = Float(weights[elements.lowerBound + index])
    }
    unsafe values.withUnsafeBufferPointer { values in
      unsafe gradients.withUnsafeMutableBufferPointer { gradients in
        unsafe gradients[..<count].update(repeating: 0)
        work(
          unsafe ParameterMemory(
            values: values, firstValue: elements.lowerBound,
            gradients: gradients, firstGradient: elements.lowerBound))
      }
    }
  }
}
