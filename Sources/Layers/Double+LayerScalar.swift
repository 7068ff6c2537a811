//===--- Double+LayerScalar.swift - Double's routines ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import COpenBLAS
internal import Glibc

extension Double: LayerScalar {
  package static var routines: LayerRoutines<Double> {
    unsafe LayerRoutines(
      gemm: cblas_dgemm, dot: cblas_ddot, axpy: cblas_daxpy)
  }

  package static func exponential(_ x: Double) -> Double { exp(x) }
}
