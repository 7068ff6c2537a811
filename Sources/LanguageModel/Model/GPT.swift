//===--- GPT.swift - forward and backward passes of a model ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import Layers

/// A small GPT, with memory for a batch of sequences. The caller has the
/// parameters and the gradients, each a flat array in the order of
/// ``GPTLayers/plan``.
package struct GPT<Scalar: LayerScalar>: ~Copyable {
  package let layers: GPTLayers
  /// The number of sequences in a batch.
  package let sequences: Int
  private let positions: [Int32]
  private let arena: Arena<Scalar>
  let views: GPTActivations<Scalar>

  package init(_ layers: GPTLayers, sequences: Int) {
    self.layers = layers
    self.sequences = sequences
    let context = layers.shape.context
    positions = (0..<sequences * context).map { Int32($0 % context) }
    var views: GPTActivations<Scalar>?
    arena = Arena(for: &views) { arena in
      GPTActivations(layers, sequences: sequences, in: &arena)
    }
    guard let views else { fatalError("An arena lays out its views.") }
    self.views = views
  }

  /// The mean loss of a batch in nats a character. No large memory is
  /// allocated.
  package func loss(_ parameters: [Scalar], _ batch: Batch) -> Double {
    unsafe parameters.withUnsafeBufferPointer {
      let memory = unsafe ParameterMemory(values: $0)
      forward(batch.inputs) { _, work in work(memory) }
    }
    return CrossEntropy.lossAndGradient(views.logits, classes: batch.targets)
  }

  /// The mean loss of a batch in nats a character. The gradient of the loss
  /// replaces `gradients`.
  package func loss(
    _ parameters: [Scalar], _ batch: Batch, gradients: inout [Scalar]
  ) -> Double {
    ParameterMemory.with(parameters, gradients: &gradients) { memory in
      forward(batch.inputs) { _, work in work(memory) }
      let loss = CrossEntropy.lossAndGradient(
        views.logits, classes: batch.targets)
      backward(batch.inputs) { _, work in work(memory) }
      return loss
    }
  }

  /// The probabilities of the next character behind a position of the first
  /// sequence.
  package func probabilities(
    _ parameters: [Scalar], _ inputs: [Int32], behind position: Int
  ) -> [Scalar] {
    unsafe parameters.withUnsafeBufferPointer {
      let memory = unsafe ParameterMemory(values: $0)
      forward(inputs) { _, work in work(memory) }
    }
    let row = views.logits.rows(position..<position + 1)
    CrossEntropy.probabilities(row)
    return unsafe Array(
      UnsafeBufferPointer(start: row.start, count: row.columns))
  }

  /// The work of a stage of a pass, on memory that has its values, and in the
  /// backward pass its gradients.
  typealias Stage = (ParameterMemory<Scalar>) -> Void

  /// The forward pass.
  ///
  /// - Parameters:
  ///   - inputs: The characters of the batch.
  ///   - make: Makes the work of one stage after the other. Each is given with
  ///     the name of the part of the model whose values it reads.
  func forward(
    _ inputs: [Int32], _ make: (_ part: String, Stage) throws -> Void
  ) rethrows {
    let stream = views.stream
    try make(GPTLayers.tokensName) {
      layers.tokens.forward(inputs, into: stream, $0)
    }
    try make("positions") {
      layers.positions.forward(positions, into: stream, adding: true, $0)
    }
    for (index, block) in layers.blocks.enumerated() {
      try make("block.\(index)") {
        block.forward(stream, views.blocks[index], $0)
      }
    }
    try make("norm") {
      layers.norm.forward(
        stream, into: views.output, keeping: views.norm, $0)
    }
    try make("head") {
      layers.head.forward(views.output, into: views.logits, $0)
    }
  }

  /// The backward pass, which starts with the gradient by the logits. This
  /// gradient has replaced the logits.
  ///
  /// - Parameters:
  ///   - inputs: The characters of the batch.
  ///   - make: Makes the work of one stage after the other. Each is given with
  ///     the name of the part of the model whose gradients it adds to.
  func backward(
    _ inputs: [Int32], _ make: (_ part: String, Stage) throws -> Void
  ) rethrows {
    let dstream = views.dstream
    try make("head") {
      layers.head.backward(
        views.logits, x: views.output, into: views.dnarrow, $0)
    }
    dstream.fill(0)
    try make("norm") {
      layers.norm.backward(
        views.dnarrow, kept: views.norm, addingTo: dstream, $0)
    }
    for (index, block) in layers.blocks.enumerated().reversed() {
      try make("block.\(index)") {
        block.backward(dstream, views.blocks[index], views, $0)
      }
    }
    try make(GPTLayers.tokensName) {
      layers.tokens.backward(dstream, inputs, $0)
    }
    try make("positions") {
      layers.positions.backward(dstream, positions, $0)
    }
  }
}

extension GPTLayers.Block {
  func forward<Scalar>(
    _ stream: Matrix<Scalar>, _ views: GPTActivations<Scalar>.Block,
    _ memory: ParameterMemory<Scalar>
  ) {
    attentionNorm.forward(
      stream, into: views.attentionInput, keeping: views.attentionNorm, memory)
    queryKeyValue.forward(
      views.attentionInput, into: views.queryKeyValue, memory)
    attention.forward(
      views.queryKeyValue, keeping: views.weights, into: views.heads)
    projection.forward(views.heads, into: stream, adding: true, memory)

    feedForwardNorm.forward(
      stream, into: views.feedForwardInput, keeping: views.feedForwardNorm,
      memory)
    expansion.forward(views.feedForwardInput, into: views.expanded, memory)
    GELU.forward(views.expanded, into: views.activated)
    contraction.forward(views.activated, into: stream, adding: true, memory)
  }

  func backward<Scalar>(
    _ dstream: Matrix<Scalar>, _ kept: GPTActivations<Scalar>.Block,
    _ views: GPTActivations<Scalar>, _ memory: ParameterMemory<Scalar>
  ) {
    let (dnarrow, dwide) = (views.dnarrow, views.dwide)
    contraction.backward(dstream, x: kept.activated, into: dwide, memory)
    GELU.backward(dwide, x: kept.expanded)
    expansion.backward(
      dwide, x: kept.feedForwardInput, into: dnarrow, memory)
    feedForwardNorm.backward(
      dnarrow, kept: kept.feedForwardNorm, addingTo: dstream, memory)

    projection.backward(dstream, x: kept.heads, into: dnarrow, memory)
    attention.backward(
      dnarrow, kept.queryKeyValue, weights: kept.weights,
      scratch: views.scratch, into: views.dqueryKeyValue)
    queryKeyValue.backward(
      views.dqueryKeyValue, x: kept.attentionInput, into: dnarrow, memory)
    attentionNorm.backward(
      dnarrow, kept: kept.attentionNorm, addingTo: dstream, memory)
  }
}
