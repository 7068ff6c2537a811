//===--- Float+LayerScalar.swift - Float's routines -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import COpenBLAS

extension Float: LayerScalar {
  package static var routines: LayerRoutines<Float> {
    unsafe LayerRoutines(
      gemm: cblas_sgemm, dot: cblas_sdot, axpy: cblas_saxpy)
  }

  /// eˣ, off by at most 2 units in the last place. Below -87 the result is that
  /// of -87, near 1e-38.
  ///
  /// The function has no branch, so that loops over it become vectors. With
  /// x = n·log 2 + r and |r| ≤ log(2)/2, eˣ is 2ⁿ·eʳ. The polynomial and its
  /// constants are those of `expf` in Cephes (Moshier).
  @inline(__always)
  package static func exponential(_ x: Float) -> Float {
    let x = Swift.max(Swift.min(x, 88), -87)
    // The sum with 1.5·2²³ is rounded to a whole number, which is then in the
    // low bits.
    let shift: Float = 12_582_912
    let shifted = x * 1.442_695_04 + shift
    let n = shifted - shift
    let r = (x - n * 0.693_359_375) + n * 2.121_944_4e-4
    var p: Float = 1.987_569_15e-4
    p = p * r + 1.398_199_95e-3
    p = p * r + 8.333_451_9e-3
    p = p * r + 4.166_579_6e-2
    p = p * r + 1.666_666_55e-1
    p = p * r + 5.000_000_1e-1
    let e = (p * (r * r) + r) + 1
    return e * Float(bitPattern: (shifted.bitPattern &+ 127) &<< 23)
  }
}
