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
  /// The number of elements that this rank sends to each owner. A rank sends
  /// nothing to itself.
  let sent: UnsafeMutablePointer<CInt>
  /// The start of each owner's elements in a packed chunk.
  let packedStarts: UnsafeMutablePointer<CInt>
  /// The number of elements that each rank sends to this one, and the start of
  /// these elements in the memory for received ones.
  let received, receivedStarts: UnsafeMutablePointer<CInt>

  /// The memory of all lists.
  private let memory: UnsafeMutablePointer<CInt>

  /// Copies the counts of a plan.
  ///
  /// - Parameter plan: The plan of this rank.
  init(_ plan: ChunkPlan) {
    let places = plan.counts.indices
    // Six lists: three of counts, three of starts.
    let memory = UnsafeMutablePointer<CInt>.allocate(
      capacity: 6 * places.count)
    var end = unsafe memory
    func list(_ value: (Int) -> Int) -> UnsafeMutablePointer<CInt> {
      let start = unsafe end
      for place in places {
        // A start may be too large for an int. Then nothing uses it: chunks
        // are packed.
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
    unsafe packedStarts = list { place in
      if place.isMultiple(of: plan.ownerCount) { packed = 0 }
      defer { packed += Int(plan.counts[place]) }
      return packed
    }
  }

  /// Frees the memory, which no collective may read any more.
  func deallocate() { unsafe memory.deallocate() }
}

#endif
