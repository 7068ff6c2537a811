//===--- BLAS.swift - the routines of OpenBLAS for one scalar type --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import COpenBLAS

/// The routines of BLAS that a step calls, on elements without gaps.
enum BLAS<Scalar: OptimizerScalar> {
  typealias Input = UnsafePointer<Scalar>
  typealias Output = UnsafeMutablePointer<Scalar>

  private static var isFloat: Bool { Scalar.self == Float.self }

  /// y ← y + a·x
  @inline(__always)
  static func axpy(_ count: Int, _ a: Double, _ x: Input, _ y: Output) {
    if isFloat {
      unsafe cblas_saxpy(
        blasint(count), Float(a), x.cast(to: Float.self), 1,
        y.cast(to: Float.self), 1)
    } else {
      unsafe cblas_daxpy(
        blasint(count), a, x.cast(to: Double.self), 1, y.cast(to: Double.self),
        1)
    }
  }

  /// x ← a·x
  @inline(__always)
  static func scal(_ count: Int, _ a: Double, _ x: Output) {
    if isFloat {
      unsafe cblas_sscal(blasint(count), Float(a), x.cast(to: Float.self), 1)
    } else {
      unsafe cblas_dscal(blasint(count), a, x.cast(to: Double.self), 1)
    }
  }

  /// x ↔ y
  @inline(__always)
  static func swap(_ count: Int, _ x: Output, _ y: Output) {
    if isFloat {
      unsafe cblas_sswap(
        blasint(count), x.cast(to: Float.self), 1, y.cast(to: Float.self), 1)
    } else {
      unsafe cblas_dswap(
        blasint(count), x.cast(to: Double.self), 1, y.cast(to: Double.self), 1)
    }
  }
}
