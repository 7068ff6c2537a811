//===--- GPTLayers.swift - the layers and their parameters ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import Layers

/// The layers of a GPT: embeddings, blocks that add to a residual stream, and a
/// map to the characters. A block has attention and a feed-forward net, each
/// behind an RMS norm. The layers are those of Radford et al., "Language Models
/// are Unsupervised Multitask Learners", 2019, apart from the kind of norm.
package struct GPTLayers: Sendable {
  /// One block.
  struct Block: Sendable {
    let attentionNorm: RMSNorm
    let queryKeyValue: Linear
    let attention: CausalAttention
    let projection: Linear
    let feedForwardNorm: RMSNorm
    let expansion: Linear
    let contraction: Linear
  }

  /// The name of the embedding of characters.
  package static let tokensName = "tokens"

  package let shape: GPTShape
  /// The parameters of all layers.
  package let plan: ParameterPlan
  let tokens: Embedding
  let positions: Embedding
  let blocks: [Block]
  let norm: RMSNorm
  let head: Linear

  package init(_ shape: GPTShape) {
    let width = shape.width
    var plan = ParameterPlan()
    tokens = Embedding(
      Self.tokensName, count: shape.vocabulary, size: width, deviation: 0.1,
      in: &plan)
    positions = Embedding(
      "positions", count: shape.context, size: width, deviation: 0.1, in: &plan)
    // Each block adds to the residual stream twice. With this gain, all
    // together add a standard deviation of 1 at the start.
    let gain = 1 / Double(2 * shape.blocks).squareRoot()
    blocks = (0..<shape.blocks).map { index in
      let name = "block.\(index)"
      return Block(
        attentionNorm: RMSNorm(
          "\(name).attention-norm", size: width, in: &plan),
        queryKeyValue: Linear(
          "\(name).query-key-value", inputs: width, outputs: 3 * width,
          in: &plan),
        attention: CausalAttention(heads: shape.heads, length: shape.context),
        projection: Linear(
          "\(name).projection", inputs: width, outputs: width, gain: gain,
          in: &plan),
        feedForwardNorm: RMSNorm(
          "\(name).feed-forward-norm", size: width, in: &plan),
        expansion: Linear(
          "\(name).expansion", inputs: width, outputs: 4 * width, in: &plan),
        contraction: Linear(
          "\(name).contraction", inputs: 4 * width, outputs: width, gain: gain,
          in: &plan))
    }
    norm = RMSNorm("norm", size: width, in: &plan)
    // With a small gain, the first predictions are nearly uniform.
    head = Linear(
      "head", inputs: width, outputs: shape.vocabulary, gain: 0.1, in: &plan)
    self.shape = shape
    self.plan = plan
  }
}
