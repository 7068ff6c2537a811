//===--- Matrix+Product.swift - products of matrices ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import COpenBLAS

extension Matrix {
  /// self ← alpha·a·b, or self + alpha·a·b if `adding`.
  package func set(
    _ a: Matrix, times b: Matrix, alpha: Scalar = 1, adding: Bool = false
  ) {
    precondition(
      rows == a.rows && columns == b.columns && a.columns == b.rows
        && !isTransposed,
      "\(rows) × \(columns) ← \(a.rows) × \(a.columns) · \(b.rows) × \(b.columns)"
    )
    let before = ContinuousClock.now
    unsafe Scalar.routines.gemm(
      CblasRowMajor, a.transposition, b.transposition, blasint(rows),
      blasint(columns), blasint(a.columns), alpha, a.start, blasint(a.stride),
      b.start, blasint(b.stride), adding ? 1 : 0, start, blasint(stride))
    MatrixWork.count(
      operations: 2 * rows * columns * a.columns,
      duration: ContinuousClock.now - before)
  }

  private var transposition: CBLAS_TRANSPOSE {
    isTransposed ? CblasTrans : CblasNoTrans
  }
}

/// Lets OpenBLAS use so many threads for one product.
package func useThreads(_ count: Int) {
  openblas_set_num_threads(Int32(count))
}
