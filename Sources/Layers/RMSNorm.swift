//===--- RMSNorm.swift - rows of equal size -------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Divides each row by the root of its mean square, and multiplies columns by a
/// gain (Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019).
package struct RMSNorm: Sendable, Hashable {
  private let gain: Parameter

  /// The square of the number that a row of zeros is divided by.
  private static var epsilon: Double { 1e-5 }

  /// Reserves `name.gain`.
  package init(_ name: String, size: Int, in plan: inout ParameterPlan) {
    gain = plan.parameter("\(name).gain", shape: [size], .constant(1))
  }

  /// The results of the way forward that the way back needs.
  package struct Kept<Scalar: LayerScalar> {
    /// The rows before the gain.
    package let normalized: Matrix<Scalar>
    /// The factor of each row, as a column.
    package let factors: Matrix<Scalar>

    package init(
      rows: Int, columns: Int, in arena: inout ArenaCursor<Scalar>
    ) {
      normalized = arena.matrix(rows, columns)
      factors = arena.matrix(rows, 1)
    }
  }

  /// y ← gain · x̂ with x̂ = x / √(mean of x² + ε), row by row.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func forward<Scalar>(
    _ x: Matrix<Scalar>, into y: Matrix<Scalar>, keeping kept: Kept<Scalar>,
    _ memory: ParameterMemory<Scalar>
  ) {
    x.requireShape(of: y)
    x.requireShape(of: kept.normalized)
    let columns = x.columns
    let gain = unsafe memory.value(self.gain).start
    for row in 0..<x.rows {
      let x = unsafe x.row(row)
      let y = unsafe y.row(row)
      let normalized = unsafe kept.normalized.row(row)
      let meanSquare = unsafe Scalar.dot(columns, x, x) / Scalar(columns)
      let factor = 1 / (meanSquare + Scalar(Self.epsilon)).squareRoot()
      unsafe kept.factors.row(row)[0] = factor
      for i in 0..<columns {
        let value = unsafe x[i] * factor
        unsafe normalized[i] = value
        unsafe y[i] = gain[i] * value
      }
    }
  }

  /// Adds to the gradient of the gain, and to dx
  ///
  ///     factor·(dx̂ - x̂·mean of dx̂·x̂),  dx̂ = gain·dy
  ///
  /// dy is overwritten.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func backward<Scalar>(
    _ dy: Matrix<Scalar>, kept: Kept<Scalar>, addingTo dx: Matrix<Scalar>,
    _ memory: ParameterMemory<Scalar>
  ) {
    dy.requireShape(of: dx)
    let columns = dy.columns
    let gain = unsafe memory.value(self.gain).start
    let gainGradient = unsafe memory.gradient(self.gain).start
    for row in 0..<dy.rows {
      let dy = unsafe dy.row(row)
      let dx = unsafe dx.row(row)
      let normalized = unsafe kept.normalized.row(row)
      for i in 0..<columns {
        unsafe gainGradient[i] += dy[i] * normalized[i]
        unsafe dy[i] *= gain[i]
      }
      let mean =
        unsafe Scalar.dot(columns, dy, normalized) / Scalar(columns)
      let factor = unsafe kept.factors.row(row)[0]
      for i in 0..<columns {
        unsafe dx[i] += factor * (dy[i] - normalized[i] * mean)
      }
    }
  }
}
