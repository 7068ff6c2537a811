//===--- PerceptronViews.swift - the matrices of a batch ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Layers

/// The matrices of a forward and a backward pass. Each row belongs to an image.
struct PerceptronViews<Scalar: LayerScalar> {
  struct Hidden {
    let sum, activated, gradient: Matrix<Scalar>
  }

  let input: Matrix<Scalar>
  let hidden: [Hidden]
  let logits: Matrix<Scalar>

  init(
    _ layers: PerceptronLayers, rows: Int, in arena: inout ArenaCursor<Scalar>
  ) {
    input = arena.matrix(rows, DigitImages.pixelCount)
    hidden = layers.hidden.map { _ in
      Hidden(
        sum: arena.matrix(rows, layers.width),
        activated: arena.matrix(rows, layers.width),
        gradient: arena.matrix(rows, layers.width))
    }
    logits = arena.matrix(rows, DigitImages.digitCount)
  }

  private init(
    input: Matrix<Scalar>, hidden: [Hidden], logits: Matrix<Scalar>
  ) {
    self.input = input
    self.hidden = hidden
    self.logits = logits
  }

  /// The first rows of all matrices.
  func rows(_ count: Int) -> PerceptronViews {
    PerceptronViews(
      input: input.rows(0..<count),
      hidden: hidden.map {
        Hidden(
          sum: $0.sum.rows(0..<count),
          activated: $0.activated.rows(0..<count),
          gradient: $0.gradient.rows(0..<count))
      },
      logits: logits.rows(0..<count))
  }

  /// The digit of the largest logit in each row.
  var guesses: [Int32] {
    (0..<logits.rows).map { index in
      let row = unsafe logits.row(index)
      var best = 0
      for digit in 1..<logits.columns where unsafe row[digit] > row[best] {
        best = digit
      }
      return Int32(best)
    }
  }
}
