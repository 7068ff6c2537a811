//===--- LayerScalar.swift - the two types that layers work on ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A floating-point type that layers can work on: `Float`, or `Double` for
/// gradients that finite differences are to confirm.
package protocol LayerScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// c ← alpha·a·b + beta·c, row by row. cblas: `gemm`.
  static func gemm(
    _ a: Matrix<Self>, _ b: Matrix<Self>, _ c: Matrix<Self>, alpha: Self,
    beta: Self)

  /// The sum of the products of elements. cblas: `dot`.
  static func dot(
    _ count: Int, _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>
  ) -> Self

  /// y ← y + a·x. cblas: `axpy`.
  static func axpy(
    _ count: Int, _ a: Self, _ x: UnsafePointer<Self>,
    _ y: UnsafeMutablePointer<Self>)

  /// eˣ. NaN for NaN.
  static func exponential(_ x: Self) -> Self
}
