//===--- GPTPart.swift - a stage of the backward pass ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import Layers

/// A part of the model whose gradients one stage of the backward pass computes.
package struct GPTPart: Sendable, Hashable {
  /// The beginning of the names of its tensors.
  package let name: String
  /// Its parameters, counted in the flat buffer of the model.
  package let elements: Range<Int>
}

extension GPTLayers {
  /// The parts of the model, in the order of their parameters.
  package var parts: [GPTPart] {
    var parts: [GPTPart] = []
    var start = 0
    for tensor in plan.tensors {
      let words = tensor.name.split(separator: ".")
      let name = words.prefix(words[0] == "block" ? 2 : 1)
        .joined(separator: ".")
      let end = start + tensor.count
      let isOfLast = parts.last?.name == name
      let first = isOfLast ? parts.removeLast().elements.lowerBound : start
      parts.append(GPTPart(name: name, elements: first..<end))
      start = end
    }
    return parts
  }
}

extension [GPTPart] {
  /// The part of the model with a name, which must be there.
  func part(_ name: String) -> GPTPart {
    guard let part = first(where: { $0.name == name }) else {
      preconditionFailure("the model has no part \(name)")
    }
    return part
  }
}

extension GPT {
  /// The mean loss of a batch in nats a character, with gradients that last as
  /// long as a stage of the backward pass: their memory is that of the largest
  /// part of the model.
  ///
  /// - Parameters:
  ///   - parameters: The parameters, which `release` may change.
  ///   - batch: The batch.
  ///   - gradients: Memory for the gradients of any part.
  ///   - release: Takes each part with its parameters and gradients. No later
  ///     stage reads either.
  /// - Returns: The mean loss.
  /// - Throws: The errors of `release`.
  package func loss(
    _ parameters: inout [Scalar], _ batch: Batch, gradients: inout [Scalar],
    release: (
      GPTPart, inout UnsafeMutableBufferPointer<Scalar>,
      UnsafeBufferPointer<Scalar>
    ) throws -> Void
  ) rethrows -> Double {
    try unsafe parameters.withUnsafeMutableBufferPointer { values in
      try unsafe loss(UnsafeBufferPointer(values), batch, &gradients) {
        var moved = unsafe UnsafeMutableBufferPointer(
          rebasing: values[$0.elements])
        try unsafe release($0, &moved, $1)
      }
    }
  }

  /// The mean loss of a batch in nats a character, with gradients that last as
  /// long as a stage of the backward pass, of parameters that stay.
  ///
  /// - Parameters:
  ///   - parameters: The parameters.
  ///   - batch: The batch.
  ///   - gradients: Memory for the gradients of any part.
  ///   - willGoBackward: Is called between the forward and the backward pass.
  ///   - take: Takes the gradients of each part.
  /// - Returns: The mean loss.
  /// - Throws: The errors of `take`.
  package func loss(
    _ parameters: [Scalar], _ batch: Batch, gradients: inout [Scalar],
    willGoBackward: () -> Void = {},
    take: (GPTPart, UnsafeBufferPointer<Scalar>) throws -> Void
  ) rethrows -> Double {
    try unsafe parameters.withUnsafeBufferPointer {
      try unsafe loss($0, batch, &gradients, willGoBackward, take)
    }
  }

  private func loss(
    _ known: UnsafeBufferPointer<Scalar>, _ batch: Batch,
    _ gradients: inout [Scalar], _ willGoBackward: () -> Void = {},
    _ take: (GPTPart, UnsafeBufferPointer<Scalar>) throws -> Void
  ) rethrows -> Double {
    let parts = layers.parts
    return try unsafe gradients.withUnsafeMutableBufferPointer { gradients in
      let memory = unsafe ParameterMemory(values: known)
      forward(batch.inputs) { _, work in work(memory) }
      let loss = CrossEntropy.lossAndGradient(
        views.logits, classes: batch.targets)
      willGoBackward()
      try backward(batch.inputs) { name, work in
        let part = parts.part(name)
        let own = unsafe UnsafeMutableBufferPointer(
          rebasing: gradients[..<part.elements.count])
        unsafe own.update(repeating: 0)
        work(
          unsafe ParameterMemory(
            values: known, gradients: own,
            firstGradient: part.elements.lowerBound))
        try unsafe take(part, UnsafeBufferPointer(own))
      }
      return loss
    }
  }
}
