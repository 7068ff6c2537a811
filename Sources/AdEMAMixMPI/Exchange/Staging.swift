//===--- Staging.swift - memory for what is under way ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// Memory that a step needs while it communicates: it is kept from one step to
/// the next, and grows with what a step asks for.
@safe struct Staging {
  private(set) var start: UnsafeMutableRawPointer
  private(set) var byteCount = 0

  /// No memory.
  init() {
    unsafe start = .allocate(byteCount: 0, alignment: Self.alignment)
  }

  /// The bytes of a cache line, which no element crosses then.
  private static var alignment: Int { 64 }

  /// Makes room for so many bytes, and forgets those that were there.
  mutating func reserve(_ count: Int) {
    guard count > byteCount else { return }
    deallocate()
    unsafe start = .allocate(byteCount: count, alignment: Self.alignment)
    byteCount = count
  }

  /// Frees the memory, which nothing may use any more.
  func deallocate() { unsafe start.deallocate() }

  /// The memory as elements, from one of them on.
  func elements<Element>(
    from first: Int, of _: Element.Type = Element.self
  ) -> UnsafeMutablePointer<Element> {
    unsafe start.assumingMemoryBound(to: Element.self) + first
  }
}

#endif
