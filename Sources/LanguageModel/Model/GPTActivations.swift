//===--- GPTActivations.swift - the matrices of a pass --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Layers

/// The matrices of a forward and a backward pass, all in one arena. Each row
/// belongs to a character, sequence after sequence.
struct GPTActivations<Scalar: LayerScalar> {
  /// The matrices of a block that the forward pass keeps for the backward pass.
  struct Block {
    let attentionNorm: RMSNorm.Kept<Scalar>
    let attentionInput: Matrix<Scalar>
    let queryKeyValue: Matrix<Scalar>
    let weights: Matrix<Scalar>
    let heads: Matrix<Scalar>
    let feedForwardNorm: RMSNorm.Kept<Scalar>
    let feedForwardInput: Matrix<Scalar>
    let expanded: Matrix<Scalar>
    let activated: Matrix<Scalar>
  }

  /// The residual stream: blocks add to it in place.
  let stream: Matrix<Scalar>
  let blocks: [Block]
  let norm: RMSNorm.Kept<Scalar>
  let output: Matrix<Scalar>
  let logits: Matrix<Scalar>

  // The gradients of the backward pass. Each layer overwrites the gradients of
  // the layer above.
  let dstream: Matrix<Scalar>
  let dnarrow: Matrix<Scalar>
  let dqueryKeyValue: Matrix<Scalar>
  let dwide: Matrix<Scalar>
  let scratch: Matrix<Scalar>

  init(
    _ layers: GPTLayers, sequences: Int, in arena: inout ArenaCursor<Scalar>
  ) {
    let shape = layers.shape
    let (width, rows) = (shape.width, sequences * shape.context)
    stream = arena.matrix(rows, width)
    blocks = layers.blocks.map { block in
      let weightRows = block.attention.weightRows(sequences: sequences)
      return Block(
        attentionNorm: .init(rows: rows, columns: width, in: &arena),
        attentionInput: arena.matrix(rows, width),
        queryKeyValue: arena.matrix(rows, 3 * width),
        weights: arena.matrix(weightRows, shape.context),
        heads: arena.matrix(rows, width),
        feedForwardNorm: .init(rows: rows, columns: width, in: &arena),
        feedForwardInput: arena.matrix(rows, width),
        expanded: arena.matrix(rows, 4 * width),
        activated: arena.matrix(rows, 4 * width))
    }
    norm = .init(rows: rows, columns: width, in: &arena)
    output = arena.matrix(rows, width)
    logits = arena.matrix(rows, shape.vocabulary)
    dstream = arena.matrix(rows, width)
    dnarrow = arena.matrix(rows, width)
    dqueryKeyValue = arena.matrix(rows, 3 * width)
    dwide = arena.matrix(rows, 4 * width)
    scratch = arena.matrix(shape.context, shape.context)
  }
}
