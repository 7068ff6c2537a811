//===--- Double+LayerScalar.swift - Double's routines ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import COpenBLAS
internal import Glibc

extension Double: LayerScalar {
  package static func gemm(
    _ a: Matrix<Double>, _ b: Matrix<Double>, _ c: Matrix<Double>,
    alpha: Double, beta: Double
  ) {
    unsafe cblas_dgemm(
      CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans,
      b.isTransposed ? CblasTrans : CblasNoTrans, blasint(c.rows),
      blasint(c.columns), blasint(a.columns), alpha, a.start,
      blasint(a.stride), b.start, blasint(b.stride), beta, c.start,
      blasint(c.stride))
  }

  package static func dot(
    _ count: Int, _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>
  ) -> Double {
    unsafe cblas_ddot(blasint(count), x, 1, y, 1)
  }

  package static func axpy(
    _ count: Int, _ a: Double, _ x: UnsafePointer<Double>,
    _ y: UnsafeMutablePointer<Double>
  ) {
    unsafe cblas_daxpy(blasint(count), a, x, 1, y, 1)
  }

  package static func exponential(_ x: Double) -> Double { exp(x) }
}
