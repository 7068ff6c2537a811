//===--- GELU.swift - a smooth threshold for each element -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// x·σ(2u) with u = √(2/π)·(x + 0.044715·x³), an approximation of x·Φ(x)
/// (Hendrycks and Gimpel, 2016). The usual form, with a tanh, has the same
/// values.
package enum GELU {
  /// y ← gelu(x).
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func forward<Scalar>(
    _ x: Matrix<Scalar>, into y: Matrix<Scalar>
  ) {
    x.requireShape(of: y)
    let constants = Constants<Scalar>()
    let (x, y) = unsafe (x.elements, y.elements)
    for i in 0..<x.count {
      let value = unsafe x[i]
      unsafe y[i] = value * constants.gate(value)
    }
  }

  /// dx ← dy·gelu'(x), in the place of dy. With a third buffer the compiler
  /// would not know that buffers do not overlap, and the loop would not become
  /// vectors.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package static func backward<Scalar>(
    _ dy: Matrix<Scalar>, x: Matrix<Scalar>
  ) {
    x.requireShape(of: dy)
    let constants = Constants<Scalar>()
    let (x, dy) = unsafe (x.elements, dy.elements)
    for i in 0..<x.count {
      let value = unsafe x[i]
      let gate = constants.gate(value)
      let slope = constants.linear + 3 * constants.cubic * (value * value)
      unsafe dy[i] *= gate * (1 + value * (1 - gate) * slope)
    }
  }
}

/// The constants in 2u = linear·x + cubic·x³, converted once before a loop.
private struct Constants<Scalar: LayerScalar> {
  let linear = Scalar(2 * (2 / Double.pi).squareRoot())
  let cubic = Scalar(2 * 0.044715 * (2 / Double.pi).squareRoot())

  /// σ(2u).
  @inline(__always)
  func gate(_ x: Scalar) -> Scalar {
    1 / (1 + Scalar.exponential(-x * (linear + cubic * (x * x))))
  }
}
