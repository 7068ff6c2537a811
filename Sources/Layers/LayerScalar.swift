//===--- LayerScalar.swift - the two types that layers work on ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import COpenBLAS

/// A floating-point type that layers can work on: `Float`, or `Double` for
/// gradients that finite differences are to confirm.
package protocol LayerScalar: BinaryFloatingPoint, BitwiseCopyable, Sendable {
  /// CBLAS for this type.
  static var routines: LayerRoutines<Self> { get }

  /// eˣ. NaN for NaN.
  static func exponential(_ x: Self) -> Self
}

extension LayerScalar {
  /// The sum of the products of elements.
  static func dot(
    _ count: Int, _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>
  ) -> Self {
    unsafe routines.dot(blasint(count), x, 1, y, 1)
  }

  /// y ← y + a·x.
  static func axpy(
    _ count: Int, _ a: Self, _ x: UnsafePointer<Self>,
    _ y: UnsafeMutablePointer<Self>
  ) {
    unsafe routines.axpy(blasint(count), a, x, 1, y, 1)
  }
}
