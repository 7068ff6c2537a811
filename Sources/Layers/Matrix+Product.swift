//===--- Matrix+Product.swift - products, and the time they take ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import COpenBLAS
internal import Synchronization

extension Matrix {
  /// self ← alpha·a·b, or self + alpha·a·b where it is added.
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

/// What this process has computed in matrix products, all threads together.
///
/// Two readings and their difference tell the rate of what was done between
/// them. It is the one global value here, so that no layer need pass it on.
package struct MatrixWork: Sendable {
  /// Multiplications and additions.
  package let operations: Int
  package let seconds: Double

  /// What has been done since the process started.
  package static func sinceStart() -> MatrixWork {
    MatrixWork(
      operations: operationCount.load(ordering: .relaxed),
      seconds: 1e-9 * Double(nanoseconds.load(ordering: .relaxed)))
  }

  package static func - (later: MatrixWork, earlier: MatrixWork) -> MatrixWork {
    MatrixWork(
      operations: later.operations - earlier.operations,
      seconds: later.seconds - earlier.seconds)
  }

  /// Operations a second of one thread that computes products.
  package var rate: Double { seconds > 0 ? Double(operations) / seconds : 0 }

  fileprivate static func count(operations: Int, duration: Duration) {
    let nanoseconds = Int(duration / .nanoseconds(1))
    operationCount.wrappingAdd(operations, ordering: .relaxed)
    self.nanoseconds.wrappingAdd(nanoseconds, ordering: .relaxed)
  }

  private static let operationCount = Atomic(0)
  private static let nanoseconds = Atomic(0)
}
