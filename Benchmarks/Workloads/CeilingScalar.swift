//===--- CeilingScalar.swift - types that the ceiling is compiled for -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import CMemoryCeiling

/// A scalar type that the ceiling is compiled for.
protocol CeilingScalar: OptimizerScalar {
  typealias Address = UnsafeMutablePointer<Self>?

  /// Adds the last stream to the others.
  static func addStreams(
    _ prefetching: Bool, _ count: Int, _ a: Address, _ b: Address,
    _ c: Address, _ d: Address, _ e: Address)
}

extension Float: CeilingScalar {
  static func addStreams(
    _ prefetching: Bool, _ count: Int, _ a: Address, _ b: Address,
    _ c: Address, _ d: Address, _ e: Address
  ) {
    unsafe memory_ceiling_f32(prefetching, count, a, b, c, d, e)
  }
}

extension Double: CeilingScalar {
  static func addStreams(
    _ prefetching: Bool, _ count: Int, _ a: Address, _ b: Address,
    _ c: Address, _ d: Address, _ e: Address
  ) {
    unsafe memory_ceiling_f64(prefetching, count, a, b, c, d, e)
  }
}
