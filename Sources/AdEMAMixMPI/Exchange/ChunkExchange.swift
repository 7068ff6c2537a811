//===--- ChunkExchange.swift - gradients in, parameters out ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix
internal import CMPI

/// The exchange of a step's chunks: while a step works on one chunk, the
/// gradients of the next two come in, and the parameters of the last two are on
/// their way.
///
/// Each owner gets all ranks' gradients of its piece, and sums the gradients up
/// in place: a reduce-scatter, made of an all-to-all. With two
/// `MPI_Ireduce_scatter` under way at a time, Open MPI 4.1 took four times as
/// long between 4 ranks. Parameters need no memory beside the caller's.
@safe final class ChunkExchange<Scalar: OptimizerScalar>: GradientExchange {
  /// The number of chunks whose gradients, and the number of chunks whose
  /// parameters, are under way at a time.
  ///
  /// While a step works on one chunk, MPI has the gradients of two more to
  /// bring in. Each chunk more would take the memory of a chunk.
  private static var depth: Int { 2 }

  private let ranks: Ranks
  private let plan: ChunkPlan
  /// Whether places in the layout are too large for MPI to count. Then
  /// gradients are packed, and each owner broadcasts its parameters.
  private let isTooLarge: Bool
  private let counts: ChunkCounts
  /// The gradients that come in, of the chunks that are under way.
  private let received: UnsafeMutablePointer<Scalar>
  /// The gradients that are packed and sent, of the chunks that are under way.
  private let packed: UnsafeMutablePointer<Scalar>
  private let receivedCount, packedCount: Int
  private let threadSplit: ThreadSplit

  private var parameters: UnsafeMutablePointer<Scalar>?
  private var gradients: UnsafeMutablePointer<Scalar>?
  private var reductions: [Request]
  private var gathers: [Request]
  /// The factors of the ranks' gradients; none where all are 1.
  private var weights: [Double] = []
  /// Whether this call's gradients have been summed.
  private var hasReduced = false

  /// The first error of MPI, after which nothing is exchanged any more.
  private(set) var failure: DistributedError?

  /// The time that went into the parts of the last step.
  private(set) var timing = StepTiming()

  /// An exchange between ranks.
  ///
  /// - Parameters:
  ///   - ranks: The ranks of a communicator that lives as long as the exchange.
  ///   - plan: The chunks.
  ///   - count: The number of elements of the layout.
  ///   - displacementLimit: The largest place that MPI takes. It counts places
  ///     in C's `int`.
  ///   - threadSplit: The threads that sum gradients up.
  init(
    between ranks: Ranks, _ plan: ChunkPlan, count: Int,
    displacementLimit: Int, _ threadSplit: ThreadSplit
  ) {
    self.ranks = ranks
    self.plan = plan
    self.threadSplit = threadSplit
    isTooLarge = count > displacementLimit
    counts = ChunkCounts(plan, isPacked: isTooLarge)
    let isShared = plan.ownerCount > 1
    receivedCount =
      isShared ? Self.depth * plan.ownerCount * plan.largestOwnCount : 0
    packedCount = isShared && isTooLarge ? Self.depth * plan.largestCount : 0
    unsafe received = .allocate(capacity: receivedCount)
    unsafe packed = .allocate(capacity: packedCount)
    reductions = Array(repeating: Request(), count: Self.depth)
    gathers = Array(
      repeating: Request(),
      count: Self.depth * (isTooLarge ? plan.ownerCount : 1))
  }

  deinit {
    // After a failure MPI may still read and write this memory.
    guard failure == nil else { return }
    counts.deallocate()
    unsafe received.deallocate()
    unsafe packed.deallocate()
  }

  /// The number of bytes for the gradients of chunks that are under way.
  var byteCount: Int {
    (receivedCount + packedCount) * MemoryLayout<Scalar>.stride
  }

  /// Begins a call on memory that stays until the call ends.
  ///
  /// - Parameters:
  ///   - parameters: All parameters.
  ///   - gradients: All gradients.
  ///   - weights: The factors of the ranks' gradients; none where all are 1.
  ///   - reducing: Whether gradients have yet to be summed.
  func begin(
    _ parameters: UnsafeMutablePointer<Scalar>?,
    gradients: UnsafeMutablePointer<Scalar>?, weights: [Double] = [],
    reducing: Bool = true
  ) {
    self.weights = weights
    unsafe self.parameters = parameters
    unsafe self.gradients = gradients
    hasReduced = !reducing
    timing = StepTiming()
  }

  func visit(
    writesParameters: Bool, _ work: (_ tiles: Range<Int>) -> Void
  ) {
    let clock = ContinuousClock()
    let reduces = !hasReduced
    hasReduced = true
    if reduces {
      for chunk in 0..<min(Self.depth, plan.chunkCount) {
        startReduction(chunk)
      }
    }
    for chunk in 0..<plan.chunkCount {
      let start = clock.now
      if reduces {
        finishReduction(chunk)
        if chunk + Self.depth < plan.chunkCount {
          startReduction(chunk + Self.depth)
        }
      }
      let reduced = clock.now
      let tiles = plan.tiles[chunk]
      if !tiles.isEmpty { work(tiles) }
      let worked = clock.now
      if writesParameters, plan.ownerCount > 1 { startGather(chunk) }
      timing.reducing += reduced - start
      timing.updating += worked - reduced
      timing.gathering += clock.now - worked
    }
    let start = clock.now
    for index in gathers.indices {
      attempt { () throws(DistributedError) in try gathers[index].wait() }
    }
    timing.gathering += clock.now - start
  }

  func gather(_ bytes: [UInt8]) -> [UInt8]? {
    var all: [UInt8]?
    attempt { () throws(DistributedError) in
      all = try ranks.gather(bytes).flatMap { $0 }
    }
    return all
  }

  /// Makes a call of MPI, unless one has failed.
  private func attempt(_ call: () throws(DistributedError) -> Void) {
    guard failure == nil else { return }
    do throws(DistributedError) { try call() } catch { failure = error }
  }

  /// Begins to bring in the gradients of a chunk.
  private func startReduction(_ chunk: Int) {
    guard let gradients = unsafe gradients else { return }
    let places = plan.places(chunk)
    let slot = chunk % Self.depth
    if plan.ownerCount == 1 {
      let elements = unsafe gradients + plan.starts[places.lowerBound]
      if !weights.isEmpty {
        let weight = weights[ranks.rank]
        for index in 0..<Int(plan.counts[places.lowerBound]) {
          unsafe elements[index] = Scalar(weight * Double(elements[index]))
        }
      }
      return attempt { () throws(DistributedError) in
        try reductions[slot].start("MPI_Iallreduce") {
          unsafe cmpi_start_all_reduce(
            elements, plan.counts[places.lowerBound], Scalar.datatype,
            ranks.handle, &$0)
        }
      }
    }
    let first = places.lowerBound
    var elements = unsafe gradients
    if isTooLarge {
      unsafe elements = packed + slot * plan.largestCount
      for place in places {
        unsafe (elements + Int(counts.sentStarts[place])).update(
          from: gradients + plan.starts[place],
          count: Int(counts.sent[place]))
      }
    }
    attempt { () throws(DistributedError) in
      try reductions[slot].start("MPI_Ialltoallv") {
        unsafe cmpi_start_all_to_all(
          elements, counts.sent + first, counts.sentStarts + first,
          received(slot), counts.received + first,
          counts.receivedStarts + first, Scalar.datatype, ranks.handle, &$0)
      }
    }
  }

  /// Waits for the gradients of a chunk, and sums the gradients up.
  private func finishReduction(_ chunk: Int) {
    let slot = chunk % Self.depth
    attempt { () throws(DistributedError) in try reductions[slot].wait() }
    guard plan.ownerCount > 1, failure == nil, let gradients = unsafe gradients
    else { return }
    let place = plan.ownPlace(chunk)
    unsafe RankSum(
      own: gradients + plan.starts[place], received: received(slot),
      count: Int(plan.counts[place]), rank: plan.owner,
      rankCount: plan.ownerCount, weights: weights
    ).run(threadSplit)
  }

  /// The memory for the gradients that come in, of one of the chunks that are
  /// under way.
  private func received(_ slot: Int) -> UnsafeMutablePointer<Scalar> {
    unsafe received + slot * plan.ownerCount * plan.largestOwnCount
  }

  /// Begins to give all ranks the parameters of a chunk, once the parameters of
  /// the chunk `depth` chunks before have arrived.
  private func startGather(_ chunk: Int) {
    guard let parameters = unsafe parameters else { return }
    let places = plan.places(chunk)
    let width = gathers.count / Self.depth
    let first = chunk % Self.depth * width
    for index in first..<(first + width) {
      attempt { () throws(DistributedError) in try gathers[index].wait() }
    }
    guard isTooLarge else {
      return attempt { () throws(DistributedError) in
        try gathers[first].start("MPI_Iallgatherv") {
          unsafe cmpi_start_all_gather(
            parameters, counts.owned + places.lowerBound,
            counts.starts + places.lowerBound, Scalar.datatype,
            ranks.handle, &$0)
        }
      }
    }
    for (owner, place) in places.enumerated() {
      attempt { () throws(DistributedError) in
        try gathers[first + owner].start("MPI_Ibcast") {
          unsafe cmpi_start_broadcast(
            parameters + plan.starts[place], plan.counts[place],
            Scalar.datatype, CInt(owner), ranks.handle, &$0)
        }
      }
    }
  }
}

#endif
