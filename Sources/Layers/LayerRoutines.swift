//===--- LayerRoutines.swift - CBLAS for one scalar type ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import COpenBLAS

/// The routines of CBLAS for one scalar type, with the arguments that CBLAS
/// gives them.
@safe package struct LayerRoutines<Scalar: LayerScalar>: Sendable {
  typealias Input = UnsafePointer<Scalar>?
  typealias Output = UnsafeMutablePointer<Scalar>?

  let gemm:
    @Sendable (
      CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, blasint, blasint, blasint,
      Scalar, Input, blasint, Input, blasint, Scalar, Output, blasint
    ) -> Void
  let dot: @Sendable (blasint, Input, blasint, Input, blasint) -> Scalar
  let axpy: @Sendable (blasint, Scalar, Input, blasint, Output, blasint) -> Void
}
