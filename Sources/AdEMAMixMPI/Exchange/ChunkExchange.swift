//===--- ChunkExchange.swift - gradients in, parameters out ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix
internal import CMPI

/// The exchange of a step's chunks: while one is worked on, the gradients of the
/// next are being summed, and the parameters of the last are on their way.
///
/// Gradients are packed into a buffer of chunk size and summed from there into
/// their places, in the owner's memory; parameters go from place to place.
@safe final class ChunkExchange<Scalar: OptimizerScalar>: ShardExchange {
  /// The chunks that are under way at a time, before and behind the one that is
  /// worked on.
  private static var depth: Int { 2 }

  private let ranks: Ranks
  private let plan: ChunkPlan
  private let usesBroadcasts: Bool
  /// In memory that stays where it is: MPI reads it while a collective goes on.
  private let counts: UnsafeMutablePointer<CInt>
  private let starts: UnsafeMutablePointer<CInt>
  /// What is packed of the chunks that are being summed.
  private let packed: UnsafeMutablePointer<Scalar>
  private let packedCount: Int

  private var parameters: UnsafeMutablePointer<Scalar>?
  private var gradients: UnsafeMutablePointer<Scalar>?
  private var reductions: [Request]
  private var gathers: [Request]
  /// Whether this call's gradients have been summed.
  private var hasReduced = false

  /// What went wrong first. Nothing is exchanged from then on.
  private(set) var failure: MPIError?

  /// The time that went into the parts of the last step.
  private(set) var timing = StepTiming()

  /// An exchange between ranks.
  ///
  /// - Parameters:
  ///   - ranks: Those of a communicator that lives as long as the exchange.
  ///   - plan: The chunks.
  ///   - count: The elements of the layout.
  ///   - displacementLimit: The largest place that a gather takes, which counts
  ///     in C's `int`. In larger layouts each owner broadcasts its pieces.
  init(
    between ranks: Ranks, _ plan: ChunkPlan, count: Int,
    displacementLimit: Int
  ) {
    self.ranks = ranks
    self.plan = plan
    usesBroadcasts = count > displacementLimit
    let placeCount = plan.counts.count
    unsafe counts = .allocate(capacity: placeCount)
    unsafe starts = .allocate(capacity: placeCount)
    unsafe counts.initialize(from: plan.counts, count: placeCount)
    unsafe starts.initialize(
      from: plan.starts.map { CInt(truncatingIfNeeded: $0) },
      count: placeCount)
    packedCount = plan.ownerCount > 1 ? Self.depth * plan.largestCount : 0
    unsafe packed = .allocate(capacity: packedCount)
    reductions = Array(repeating: Request(), count: Self.depth)
    gathers = Array(
      repeating: Request(),
      count: Self.depth * (usesBroadcasts ? plan.ownerCount : 1))
  }

  deinit {
    // After a failure MPI may still write to them.
    guard failure == nil else { return }
    unsafe counts.deallocate()
    unsafe starts.deallocate()
    unsafe packed.deallocate()
  }

  /// The bytes of the chunks that are being summed.
  var byteCount: Int { packedCount * MemoryLayout<Scalar>.stride }

  /// Begins a call on memory that stays until it ends.
  func begin(
    _ parameters: UnsafeMutablePointer<Scalar>?,
    gradients: UnsafeMutablePointer<Scalar>?
  ) {
    unsafe self.parameters = parameters
    unsafe self.gradients = gradients
    hasReduced = false
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
        attempt { () throws(MPIError) in
          try reductions[chunk % Self.depth].wait()
        }
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
      attempt { () throws(MPIError) in try gathers[index].wait() }
    }
    timing.gathering += clock.now - start
  }

  func gather(_ bytes: [UInt8]) -> [UInt8]? {
    var all: [UInt8]?
    attempt { () throws(MPIError) in
      all = try ranks.gather(bytes).flatMap { $0 }
    }
    return all
  }

  /// Makes a call of MPI, unless one has failed.
  private func attempt(_ call: () throws(MPIError) -> Void) {
    guard failure == nil else { return }
    do throws(MPIError) { try call() } catch { failure = error }
  }

  /// Begins to sum the gradients of a chunk.
  private func startReduction(_ chunk: Int) {
    guard let gradients = unsafe gradients else { return }
    let places = plan.places(chunk)
    let slot = chunk % Self.depth
    if plan.ownerCount == 1 {
      let elements = unsafe gradients + plan.starts[places.lowerBound]
      return attempt { () throws(MPIError) in
        try reductions[slot].start("MPI_Iallreduce") {
          unsafe cmpi_start_all_reduce(
            elements, plan.counts[places.lowerBound], Scalar.datatype,
            ranks.handle, &$0)
        }
      }
    }
    let buffer = unsafe packed + slot * plan.largestCount
    var end = unsafe buffer
    for place in places {
      let count = Int(plan.counts[place])
      unsafe end.update(from: gradients + plan.starts[place], count: count)
      unsafe end += count
    }
    let sums = unsafe gradients + plan.starts[places.lowerBound + plan.owner]
    attempt { () throws(MPIError) in
      try reductions[slot].start("MPI_Ireduce_scatter") {
        unsafe cmpi_start_reduce_scatter(
          buffer, sums, counts + places.lowerBound,
          Scalar.datatype, ranks.handle, &$0)
      }
    }
  }

  /// Begins to give all ranks the parameters of a chunk, once those of the one
  /// `depth` before have arrived.
  private func startGather(_ chunk: Int) {
    guard let parameters = unsafe parameters else { return }
    let places = plan.places(chunk)
    let width = gathers.count / Self.depth
    let first = chunk % Self.depth * width
    for index in first..<(first + width) {
      attempt { () throws(MPIError) in try gathers[index].wait() }
    }
    guard usesBroadcasts else {
      return attempt { () throws(MPIError) in
        try gathers[first].start("MPI_Iallgatherv") {
          unsafe cmpi_start_all_gather(
            parameters, counts + places.lowerBound,
            starts + places.lowerBound, Scalar.datatype,
            ranks.handle, &$0)
        }
      }
    }
    for (owner, place) in places.enumerated() {
      attempt { () throws(MPIError) in
        try gathers[first + owner].start("MPI_Ibcast") {
          unsafe cmpi_start_broadcast(
            parameters + plan.starts[place], plan.counts[place],
            Scalar.datatype, CInt(owner), ranks.handle, &$0)
        }
      }
    }
  }
}

/// The time that a step spent in its parts, on this rank.
public struct StepTiming: Sendable, Hashable {
  /// Waiting for the sums of gradients, packing included.
  public internal(set) var reducing = Duration.zero
  /// Working on the shard, while MPI may go on.
  public internal(set) var updating = Duration.zero
  /// Waiting for parameters of others.
  public internal(set) var gathering = Duration.zero
}

#endif
