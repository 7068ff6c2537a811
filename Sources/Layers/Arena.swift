//===--- Arena.swift - memory for all activations, allocated once ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// Memory that matrices are laid out in, one behind the other.
@safe package struct Arena<Scalar: LayerScalar>: ~Copyable {
  private let memory: UnsafeMutableRawPointer

  /// Lays matrices out and allocates the memory for all of them, filled with 0.
  ///
  ///     var views: Views?
  ///     let arena = Arena<Float>(for: &views) {
  ///       Views(hidden: $0.matrix(2_048, 512))
  ///     }
  ///
  /// - Parameters:
  ///   - views: Receives the matrices, which are valid as long as the arena.
  ///   - layOut: Asks for the matrices. The function is called twice: first to
  ///     count the bytes.
  package init<Views>(
    for views: inout Views?, _ layOut: (inout ArenaCursor<Scalar>) -> Views
  ) {
    var counting = unsafe ArenaCursor<Scalar>(base: nil)
    _ = layOut(&counting)
    unsafe memory = allocated(byteCount: max(counting.byteCount, cacheLine))
    var cursor = unsafe ArenaCursor<Scalar>(base: memory)
    views = layOut(&cursor)
  }

  deinit { unsafe free(memory) }
}

/// The bytes that a processor moves at once.
let cacheLine = 64

/// Zeros that begin at a cache line, in huge pages if there are many.
private func allocated(byteCount: Int) -> UnsafeMutableRawPointer {
  let hugePage = 2 << 20
  let isLarge = byteCount >= hugePage
  var memory: UnsafeMutableRawPointer?
  let failure = unsafe posix_memalign(
    &memory, isLarge ? hugePage : cacheLine, byteCount)
  guard failure == 0, let memory = unsafe memory else {
    fatalError("No memory for \(byteCount) bytes of activations.")
  }
  // Huge pages take fewer page faults and address translations. A kernel that
  // refuses them gives ordinary pages.
  if isLarge { unsafe _ = madvise(memory, byteCount, MADV_HUGEPAGE) }
  unsafe _ = memset(memory, 0, byteCount)
  return unsafe memory
}
