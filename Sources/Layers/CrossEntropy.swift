//===--- CrossEntropy.swift - the loss of a choice among classes ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// The softmax of each row of logits, and its cross entropy with the right
/// class.
package enum CrossEntropy {
  /// The mean loss in nats. The logits of a row become their gradients: softmax
  /// / rows, less 1 / rows for the right class.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func lossAndGradient<Scalar>(
    _ logits: Matrix<Scalar>, classes: [Int32]
  ) -> Double {
    precondition(classes.count == logits.rows)
    var loss = 0.0
    let scale = 1 / Scalar(logits.rows)
    for row in 0..<logits.rows {
      let right = Int(classes[row])
      precondition(right >= 0 && right < logits.columns)
      let values = unsafe logits.row(row)
      let rightLogit = unsafe values[right]
      let (largest, sum) = unsafe softmax(values, count: logits.columns)
      loss += log(Double(sum)) + Double(largest - rightLogit)
      for i in 0..<logits.columns { unsafe values[i] *= scale }
      unsafe values[right] -= scale
    }
    return loss / Double(logits.rows)
  }

  /// Replaces each row of logits by the probabilities of the classes.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func probabilities<Scalar>(_ logits: Matrix<Scalar>) {
    for row in 0..<logits.rows {
      unsafe _ = softmax(logits.row(row), count: logits.columns)
    }
  }
}

/// x ← exp(x - largest) / sum: all elements between 0 and 1.
@inline(__always)
func softmax<Scalar: LayerScalar>(
  _ x: UnsafeMutablePointer<Scalar>, count: Int
) -> (largest: Scalar, sum: Scalar) {
  var largest = unsafe x[0]
  for i in 1..<max(count, 1) { unsafe largest = max(largest, x[i]) }
  for i in 0..<count { unsafe x[i] = Scalar.exponential(x[i] - largest) }
  var sum: Scalar = 0
  for i in 0..<count { unsafe sum += x[i] }
  let scale = 1 / sum
  for i in 0..<count { unsafe x[i] *= scale }
  return (largest, sum)
}
