//===--- Float+LayerScalar.swift - Float's routines -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import COpenBLAS

extension Float: LayerScalar {
  package static var routines: LayerRoutines<Float> {
    unsafe LayerRoutines(
      gemm: cblas_sgemm, dot: cblas_sdot, axpy: cblas_saxpy)
  }

  /// Off by at most 2 units in the last place, without a branch, so that loops
  /// over it become vectors. Below -87 the result is that of -87, near 1e-38.
  ///
  /// x = n·log 2 + r with |r| ≤ log(2)/2: eˣ = 2ⁿ·eʳ. The polynomial is that of
  /// `expf` in Cephes (Moshier), the constants are its own.
  @inline(__always)
  package static func exponential(_ x: Float) -> Float {
    let x = Swift.max(Swift.min(x, 88), -87)
    // Adding 1.5·2²³ rounds to a whole number, which the low bits then hold.
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
