//===--- ChunkCounts.swift - a plan's counts, as MPI takes them -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// The numbers of elements in each chunk, and the places of these elements, as
/// C's `int` in memory that does not move: MPI reads the numbers while a
/// collective goes on.
///
/// The indices of all lists are those of ``ChunkPlan/places(_:)``.
@safe struct ChunkCounts {
  /// The number of elements of each owner, and the start of these elements in
  /// the layout.
  let owned, starts: UnsafeMutablePointer<CInt>
  /// The number of elements that this rank sends to each owner, and the start
  /// of these elements in the layout or in a packed chunk. A rank sends nothing
  /// to itself.
  let sent, sentStarts: UnsafeMutablePointer<CInt>
  /// The number of elements that each rank sends to this one, and the start of
  /// these elements in the memory for received ones.
  let received, receivedStarts: UnsafeMutablePointer<CInt>

  /// The memory of all lists.
  private let memory: UnsafeMutablePointer<CInt>

  /// Copies the counts of a plan.
  ///
  /// - Parameters:
  ///   - plan: The plan of this rank.
  ///   - isPacked: Whether chunks are packed before they are sent.
  init(_ plan: ChunkPlan, isPacked: Bool) {
    let places = plan.counts.indices
    // Six lists: three of counts, three of starts.
    let memory = UnsafeMutablePointer<CInt>.allocate(
      capacity: 6 * places.count)
    var end = unsafe memory
    func list(_ value: (Int) -> Int) -> UnsafeMutablePointer<CInt> {
      let start = unsafe end
      for place in places {
        // A start may be too large for an int. Then nothing uses it: chunks
        // are packed, and owners broadcast their parameters.
        unsafe end.initialize(to: CInt(truncatingIfNeeded: value(place)))
        unsafe end += 1
      }
      return unsafe start
    }
    func isOwn(_ place: Int) -> Bool {
      place % plan.ownerCount == plan.owner
    }
    func ownCount(_ place: Int) -> Int {
      Int(plan.counts[plan.ownPlace(place / plan.ownerCount)])
    }
    unsafe self.memory = memory
    unsafe owned = list { Int(plan.counts[$0]) }
    unsafe starts = list { plan.starts[$0] }
    unsafe sent = list { isOwn($0) ? 0 : Int(plan.counts[$0]) }
    unsafe received = list { isOwn($0) ? 0 : ownCount($0) }
    unsafe receivedStarts = list { $0 % plan.ownerCount * ownCount($0) }
    var packed = 0
    unsafe sentStarts = list { place in
      guard isPacked else { return plan.starts[place] }
      if place.isMultiple(of: plan.ownerCount) { packed = 0 }
      defer { packed += Int(plan.counts[place]) }
      return packed
    }
  }

  /// Frees the memory, which no collective may read any more.
  func deallocate() { unsafe memory.deallocate() }
}

#endif
