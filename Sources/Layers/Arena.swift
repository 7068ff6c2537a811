//===--- Arena.swift - memory for all activations, allocated once ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

/// Memory that matrices are laid out in, one behind the other.
package struct Arena<Scalar: LayerScalar>: ~Copyable {
  private let memory: AlignedMemory

  /// Lays matrices out and allocates the memory for all of them, filled with 0.
  ///
  ///     let arena = Arena<Float>(for: &views) { Views(hidden: $0.matrix(2_048, 512)) }
  ///
  /// - Parameters:
  ///   - views: Receives the matrices. They are valid as long as the arena.
  ///   - layOut: Asks for the matrices. It is called twice: first to count.
  package init<Views>(
    for views: inout Views?, _ layOut: (inout ArenaCursor<Scalar>) -> Views
  ) {
    var counting = unsafe ArenaCursor<Scalar>(base: nil)
    _ = layOut(&counting)
    let byteCount = max(counting.byteCount, AlignedMemory.cacheLine)
    guard let memory = AlignedMemory(byteCount: byteCount) else {
      fatalError("No memory for \(byteCount) bytes of activations.")
    }
    unsafe memory.start.initializeMemory(
      as: UInt8.self, repeating: 0, count: byteCount)
    var cursor = unsafe ArenaCursor<Scalar>(base: memory.start)
    views = layOut(&cursor)
    self.memory = memory
  }
}

/// Where the next matrix of an ``Arena`` begins.
@safe package struct ArenaCursor<Scalar: LayerScalar> {
  private let base: UnsafeMutableRawPointer?
  private(set) var byteCount = 0

  fileprivate init(base: UnsafeMutableRawPointer?) { unsafe self.base = base }

  /// A matrix behind the last one, at a cache line of its own.
  package mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix<Scalar> {
    let offset = byteCount
    let size = rows * columns * MemoryLayout<Scalar>.stride
    let line = AlignedMemory.cacheLine
    // Matrices that are walked side by side start at different offsets in a
    // page.
    byteCount += (size + line - 1) / line * line + AlignedMemory.skew
    // While matrices are counted, there is nothing at the address yet.
    let address =
      unsafe base.map { unsafe $0 + offset }
      ?? UnsafeMutableRawPointer(bitPattern: line)
    guard let start = unsafe address else { fatalError("unreachable") }
    return unsafe Matrix(
      start.assumingMemoryBound(to: Scalar.self), rows: rows, columns: columns)
  }
}
