//===--- Matrix.swift - a view of rows in memory --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Rows and columns of numbers in memory that another value owns: parameters,
/// gradients, activations.
///
/// A view is valid as long as its memory. Parts of a matrix (rows, columns) and
/// the transposed matrix are views again. Nothing is ever copied.
@safe package struct Matrix<Scalar: LayerScalar> {
  package let start: UnsafeMutablePointer<Scalar>
  package let rows: Int
  package let columns: Int
  /// The elements from the start of one stored row to the next.
  package let stride: Int
  /// Whether rows of this view are stored as columns.
  package let isTransposed: Bool

  package init(
    _ start: UnsafeMutablePointer<Scalar>, rows: Int, columns: Int,
    stride: Int? = nil, isTransposed: Bool = false
  ) {
    unsafe self.start = start
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
    self.isTransposed = isTransposed
  }

  package var transposed: Matrix {
    unsafe Matrix(
      start, rows: columns, columns: rows, stride: stride,
      isTransposed: !isTransposed)
  }

  /// Some of the rows.
  package func rows(_ range: Range<Int>) -> Matrix {
    precondition(!isTransposed && range.lowerBound >= 0)
    precondition(range.upperBound <= rows, "rows \(range) of \(rows)")
    return unsafe Matrix(
      start + range.lowerBound * stride, rows: range.count, columns: columns,
      stride: stride)
  }

  /// Some of the columns.
  package func columns(_ range: Range<Int>) -> Matrix {
    precondition(!isTransposed && range.lowerBound >= 0)
    precondition(range.upperBound <= columns, "columns \(range) of \(columns)")
    return unsafe Matrix(
      start + range.lowerBound, rows: rows, columns: range.count,
      stride: stride)
  }

  /// The start of a stored row.
  @inline(__always)
  package func row(_ index: Int) -> UnsafeMutablePointer<Scalar> {
    assert(!isTransposed && index >= 0 && index < rows)
    return unsafe start + index * stride
  }

  /// Whether rows follow each other without a gap.
  var isContiguous: Bool { !isTransposed && stride == columns }

  func requireShape(of other: Matrix) {
    precondition(
      rows == other.rows && columns == other.columns
        && isTransposed == other.isTransposed,
      "\(rows) × \(columns) for \(other.rows) × \(other.columns)")
  }

  /// All elements as one row. The matrix must have no gaps.
  var elements: UnsafeMutableBufferPointer<Scalar> {
    precondition(isContiguous)
    let count = rows * columns
    return unsafe UnsafeMutableBufferPointer(start: start, count: count)
  }

  package func fill(_ value: Scalar) {
    unsafe elements.update(repeating: value)
  }
}
