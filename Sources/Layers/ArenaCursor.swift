//===--- ArenaCursor.swift - a place in an arena --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The place of the next matrix in an ``Arena``.
@safe package struct ArenaCursor<Scalar: LayerScalar> {
  /// The start of the arena; `nil` while matrices are counted.
  private let base: UnsafeMutableRawPointer?
  /// The bytes of the matrices before the place.
  private(set) var byteCount = 0

  init(base: UnsafeMutableRawPointer?) { unsafe self.base = base }

  /// A matrix behind the last one, at a cache line of its own.
  package mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix<Scalar> {
    let offset = byteCount
    let count = rows * columns
    let size = count * MemoryLayout<Scalar>.stride
    byteCount += (size + cacheLine - 1) / cacheLine * cacheLine + skew
    let start =
      if let base = unsafe base {
        unsafe (base + offset).bindMemory(to: Scalar.self, capacity: count)
      } else {
        unsafe Self.nowhere
      }
    return unsafe Matrix(start, rows: rows, columns: columns)
  }

  /// The address of matrices that are counted only.
  private static var nowhere: UnsafeMutablePointer<Scalar> {
    guard
      let start = unsafe UnsafeMutablePointer<Scalar>(bitPattern: cacheLine)
    else { fatalError("unreachable") }
    return unsafe start
  }
}

/// The distance of matrices beyond whole pages.
///
/// Matrices that are walked side by side must not start at equal offsets within
/// a page: they would fall into the same sets of the first-level cache, and
/// loads would wait for stores that share their low address bits.
private let skew = 13 * cacheLine
