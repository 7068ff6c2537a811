//===--- ChunkCounts.swift - a plan's counts, as MPI takes them -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
/// How many elements go where in each chunk: numbers of C in memory that stays
/// where it is, since MPI reads them while a collective goes on.
///
/// All are by ``ChunkPlan/places(_:)``.
@safe struct ChunkCounts {
  /// The elements of each owner, and where they lie in the layout.
  let owned, starts: UnsafeMutablePointer<CInt>
  /// What is sent to each owner, and where that lies in the layout or in a
  /// packed chunk. A rank sends itself nothing.
  let sent, sentStarts: UnsafeMutablePointer<CInt>
  /// What comes from each rank, and where it goes among what is received.
  let received, receivedStarts: UnsafeMutablePointer<CInt>

  /// All of the above.
  private let memory: UnsafeMutablePointer<CInt>

  /// Copies the counts of a plan.
  init(_ plan: ChunkPlan, isPacked: Bool) {
    let places = plan.counts.indices
    let memory = UnsafeMutablePointer<CInt>.allocate(
      capacity: 6 * places.count)
    var end = unsafe memory
    func list(_ value: (Int) -> Int) -> UnsafeMutablePointer<CInt> {
      let start = unsafe end
      for place in places {
        // Where a start is too large for an int, nothing uses it.
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

  func deallocate() { unsafe memory.deallocate() }
}

#endif
