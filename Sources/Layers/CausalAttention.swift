//===--- CausalAttention.swift - each position looks back -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Causal attention of several heads (Vaswani et al., 2017). Rows are
/// positions, sequence after sequence. Each position sees itself and the
/// positions before it.
///
/// A row of the input has the queries of all heads, their keys, and their
/// values side by side. Products work on these columns in place.
package struct CausalAttention: Sendable, Hashable {
  package let heads: Int
  /// The number of positions in a sequence.
  package let length: Int

  package init(heads: Int, length: Int) {
    self.heads = heads
    self.length = length
  }

  /// The number of rows, of `length` columns each, that the attention weights
  /// of so many sequences take.
  package func weightRows(sequences: Int) -> Int { sequences * heads * length }

  /// y ← softmax(Q·Kᵀ/√size, no further than the position)·V, head by head. The
  /// softmax is kept in `weights`, for the way back.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func forward<Scalar>(
    _ input: Matrix<Scalar>, keeping weights: Matrix<Scalar>,
    into y: Matrix<Scalar>
  ) {
    for place in places(y) {
      let (query, key, value) = place.parts(of: input)
      let weights = weights.rows(place.weights)
      weights.set(query, times: key.transposed, alpha: place.scale())
      for position in 0..<length {
        let row = unsafe weights.row(position)
        unsafe _ = softmax(row, count: position + 1)
        unsafe (row + position + 1).update(
          repeating: 0, count: length - position - 1)
      }
      y.rows(place.rows).columns(place.columns).set(weights, times: value)
    }
  }

  /// dinput ← the gradient of query, key and value. `scratch` is
  /// length × length.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func backward<Scalar>(
    _ dy: Matrix<Scalar>, _ input: Matrix<Scalar>, weights: Matrix<Scalar>,
    scratch: Matrix<Scalar>, into dinput: Matrix<Scalar>
  ) {
    for place in places(dy) {
      let (query, key, value) = place.parts(of: input)
      let (dquery, dkey, dvalue) = place.parts(of: dinput)
      let dy = dy.rows(place.rows).columns(place.columns)
      let weights = weights.rows(place.weights)
      dvalue.set(weights.transposed, times: dy)
      scratch.set(dy, times: value.transposed)
      for position in 0..<length {
        // The gradient of the softmax is w·(dw - the sum of dw·w), which is 0
        // if w is 0.
        let w = unsafe weights.row(position)
        let dw = unsafe scratch.row(position)
        let sum = unsafe Scalar.dot(position + 1, w, dw)
        for i in 0..<length { unsafe dw[i] = w[i] * (dw[i] - sum) }
      }
      dquery.set(scratch, times: key, alpha: place.scale())
      dkey.set(scratch.transposed, times: query, alpha: place.scale())
    }
  }

  /// The places of all heads of all sequences.
  private func places<Scalar>(_ y: Matrix<Scalar>) -> [Place] {
    precondition(y.rows % length == 0 && y.columns % heads == 0)
    let size = y.columns / heads
    return (0..<y.rows / length * heads).map { index in
      let (sequence, head) = index.quotientAndRemainder(dividingBy: heads)
      return Place(
        rows: sequence * length..<(sequence + 1) * length,
        columns: head * size..<(head + 1) * size, width: y.columns,
        weights: index * length..<(index + 1) * length)
    }
  }
}

/// The place of one head of one sequence.
private struct Place {
  let rows: Range<Int>
  let columns: Range<Int>
  /// The number of columns of all heads.
  let width: Int
  let weights: Range<Int>

  func scale<Scalar: LayerScalar>() -> Scalar {
    Scalar(1 / Double(columns.count).squareRoot())
  }

  func parts<Scalar>(
    of input: Matrix<Scalar>
  ) -> (query: Matrix<Scalar>, key: Matrix<Scalar>, value: Matrix<Scalar>) {
    precondition(input.columns == 3 * width)
    let part = { (index: Int) in
      let first = columns.lowerBound + index * width
      return input.rows(rows).columns(first..<first + columns.count)
    }
    return (part(0), part(1), part(2))
  }
}
