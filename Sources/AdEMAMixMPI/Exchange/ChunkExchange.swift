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
/// Each owner gets all ranks' gradients of its piece, and sums the gradients
/// up: a reduce-scatter, made of an all-to-all. With two `MPI_Ireduce_scatter`
/// under way at a time, Open MPI 4.1 took four times as long between 4 ranks.
/// Ranks that each keep all moments sum up a piece of a chunk each, and give
/// the sums to the others.
///
/// Elements that lie behind each other are sent from place to place. Separate
/// tensors are packed for it, chunk by chunk, and so are elements whose places
/// are too large for MPI to count.
@safe final class ChunkExchange<Scalar: OptimizerScalar>: GradientExchange {
  /// The number of chunks whose gradients, and the number of chunks whose
  /// parameters, are under way at a time.
  ///
  /// While a step works on one chunk, MPI has the gradients of two more to
  /// bring in. Each chunk more would take the memory of a chunk.
  private static var depth: Int { 2 }

  private let ranks: Ranks
  private let plan: ChunkPlan
  /// The pieces whose gradients the ranks sum up: those of the plan, unless
  /// there is one owner.
  private let sumPlan: ChunkPlan
  private let shard: Range<Int>
  /// Whether places in the layout are too large for MPI to count.
  private let isTooLarge: Bool
  private let counts: ChunkCounts
  /// The gradients that come in, of the chunks that are under way.
  private var received = Staging()
  /// The gradients that are packed and sent, of the chunks that are under way.
  private var packedGradients = Staging()
  /// The packed parameters of the chunks that are under way.
  private var packedParameters = Staging()
  /// The sums of the shard's gradients, where these replace none.
  private var summed = Staging()
  private let threadSplit: ThreadSplit

  /// The memory of this call.
  private var memory: ModelMemory<Scalar>?
  private var reductions: [Request]
  private var gathers: [Request]
  /// The chunks whose parameters are under way.
  private var gathered: [Int?]
  /// The factors of the ranks' gradients; none where all are 1.
  private var weights: [Double] = []
  /// Whether sums replace the gradients of the caller.
  private var isInPlace = false
  /// Whether gradients in `Float` are sent in bfloat16.
  private var isRounding = false
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
  ///   - shard: The elements whose gradients this rank sums up.
  ///   - displacementLimit: The largest place that MPI takes. It counts places
  ///     in C's `int`.
  ///   - threadSplit: The threads that sum gradients up.
  init(
    between ranks: Ranks, _ plan: ChunkPlan, count: Int, shard: Range<Int>,
    displacementLimit: Int, _ threadSplit: ThreadSplit
  ) {
    self.ranks = ranks
    self.plan = plan
    self.shard = shard
    self.threadSplit = threadSplit
    isTooLarge = count > displacementLimit
    sumPlan =
      plan.ownerCount == ranks.size
      ? plan : ChunkPlan(pieces: plan, rank: ranks.rank, of: ranks.size)
    counts = ChunkCounts(sumPlan)
    reductions = Array(
      repeating: Request(between: ranks), count: Self.depth)
    gathers = Array(
      repeating: Request(between: ranks), count: Self.depth)
    gathered = Array(repeating: nil, count: Self.depth)
    let stride = MemoryLayout<Scalar>.stride
    reserveReceived(stride)
    if isTooLarge { reservePacked(stride) }
  }

  deinit {
    // After a failure MPI may still read and write this memory, also where the
    // exchange of an open step has failed, which writes sums to it.
    guard failure == nil, ranks.rollCall.failure == nil else { return }
    counts.deallocate()
    received.deallocate()
    packedGradients.deallocate()
    packedParameters.deallocate()
    summed.deallocate()
  }

  /// The number of bytes for the gradients and parameters of chunks that are
  /// under way.
  var byteCount: Int {
    received.byteCount + packedGradients.byteCount + packedParameters.byteCount
  }

  /// The number of bytes for sums that replace no gradients.
  var sumByteCount: Int { summed.byteCount }

  /// Makes room for gradients that come in, of elements of so many bytes.
  private func reserveReceived(_ stride: Int) {
    received.reserve(Self.depth * receivedCount * stride)
  }

  /// The elements that come in with a chunk.
  private var receivedCount: Int {
    let receives = ranks.size > 1 || hasBFloat16 || !weights.isEmpty
    return receives ? ranks.size * sumPlan.largestOwnCount : 0
  }

  /// Makes room for packed chunks, of gradients of so many bytes.
  private func reservePacked(_ stride: Int) {
    guard ranks.size > 1 else { return }
    let count = Self.depth * plan.largestCount
    packedGradients.reserve(count * stride)
    guard plan.ownerCount > 1 else { return }
    packedParameters.reserve(
      count * (memory?.parameterStride ?? MemoryLayout<Scalar>.stride))
  }

  /// Whether this call's gradients are sent in bfloat16.
  private var hasBFloat16: Bool { memory?.copiesBFloat16 ?? false }

  /// Whether this call's chunks are packed.
  private var isPacked: Bool {
    isTooLarge || !(memory?.isFlat ?? true)
      || memory?.roundsGradients ?? false
  }

  /// Says what the next call does with gradients.
  ///
  /// - Parameters:
  ///   - weights: The factors of the ranks' gradients; none where all are 1.
  ///   - isReducing: Whether gradients have yet to be summed.
  ///   - isInPlace: Whether sums replace the gradients, which lie behind each
  ///     other and may be changed.
  ///   - isRounding: Whether gradients in `Float` are sent in bfloat16.
  func prepare(
    weights: [Double] = [], isReducing: Bool, isInPlace: Bool,
    isRounding: Bool = false
  ) {
    self.weights = weights
    self.isInPlace = isInPlace && !isRounding
    self.isRounding = isRounding
    hasReduced = !isReducing
    hasSums = isReducing && !self.isInPlace
  }

  /// The memory for the sums of the shard's gradients, which are made before
  /// the next call.
  func reserveSums() -> UnsafeMutablePointer<Scalar> {
    summed.reserve(shard.count * MemoryLayout<Scalar>.stride)
    return unsafe summed.elements(from: 0)
  }

  /// Says that the next call has sums in the memory of ``reserveSums()``.
  func prepareForSums() {
    prepare(isReducing: false, isInPlace: false)
    hasSums = true
  }

  func begin(_ memory: ModelMemory<Scalar>) {
    var memory = memory
    memory.roundsGradients = isRounding && !memory.hasBFloat16Gradients
    self.memory = memory
    if isPacked { reservePacked(memory.gradientStride) }
    if !hasReduced {
      reserveReceived(memory.gradientStride)
      if !isInPlace { _ = unsafe reserveSums() }
    }
    timing = StepTiming()
  }

  /// Whether this call has sums that replace no gradients.
  private var hasSums = false

  func end() { memory = nil }

  var sums: UnsafePointer<Scalar>? {
    hasSums ? unsafe UnsafePointer(summed.elements(from: 0)) : nil
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
    // The sums of a chunk are shared while those of the next one are made.
    let delay = reduces && sharesSums ? 1 : 0
    for next in 0..<(plan.chunkCount + delay) {
      let start = clock.now
      if reduces, next < plan.chunkCount {
        finishReduction(next)
        if sharesSums { startSharing(next) }
        if next + Self.depth < plan.chunkCount {
          startReduction(next + Self.depth)
        }
      }
      let chunk = next - delay
      if chunk < 0 { continue }
      if delay > 0 { finishGather(chunk % Self.depth) }
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
    for slot in gathers.indices { finishGather(slot) }
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

  /// The elements of a place in the plan of sums, which is that of parameters
  /// too unless there is one owner.
  private func elements(_ place: Int) -> Range<Int> {
    let start = sumPlan.starts[place]
    return start..<(start + Int(sumPlan.counts[place]))
  }

  // MARK: - Gradients

  /// Begins to bring in the gradients of a chunk.
  private func startReduction(_ chunk: Int) {
    guard let memory, failure == nil else { return }
    if ranks.size == 1 { return }
    let slot = chunk % Self.depth
    let first = sumPlan.places(chunk).lowerBound
    let stride = memory.gradientStride
    var sent = unsafe memory.gradients(from: 0)
    if isPacked {
      let packed =
        unsafe packedGradients.start + slot * plan.largestCount * stride
      for place in sumPlan.places(chunk) where unsafe counts.sent[place] > 0 {
        unsafe memory.copyGradients(
          elements(place), to: packed + Int(counts.packedStarts[place]) * stride
        )
      }
      unsafe sent = UnsafeRawPointer(packed)
    }
    attempt { () throws(DistributedError) in
      try reductions[slot].start("MPI_Ialltoallv") {
        unsafe cmpi_start_all_to_all(
          sent, counts.sent + first,
          (isPacked ? counts.packedStarts : counts.starts) + first,
          received(slot), counts.received + first,
          counts.receivedStarts + first, gradientType, ranks.handle, &$0)
      }
    }
  }

  /// The datatype of gradients in MPI.
  private var gradientType: cmpi_handle {
    hasBFloat16 ? cmpi_uint16() : Scalar.datatype
  }

  /// Waits for the gradients of a chunk, and sums the gradients up.
  private func finishReduction(_ chunk: Int) {
    let slot = chunk % Self.depth
    attempt { () throws(DistributedError) in try reductions[slot].wait() }
    guard let memory, failure == nil else { return }
    let range = elements(sumPlan.ownPlace(chunk))
    guard let sums = unsafe target(range.lowerBound), !range.isEmpty
    else { return }
    if ranks.size == 1, weights.isEmpty, !hasBFloat16 {
      // The sum of one is in its place, or is copied there.
      if hasSums { unsafe memory.copyGradients(range, to: sums) }
      return
    }
    let place =
      unsafe received(slot) + ranks.rank * range.count * memory.gradientStride
    var own = unsafe memory.gradients(from: range.lowerBound)
    if unsafe own == nil {
      unsafe memory.copyGradients(range, to: place)
      unsafe own = UnsafeRawPointer(place)
    }
    guard let own = unsafe own else { return }
    unsafe RankSum(
      own: own, received: received(slot), sums: sums, isBFloat16: hasBFloat16,
      count: range.count, rank: ranks.rank, rankCount: ranks.size,
      weights: weights
    ).run(threadSplit)
  }

  /// Whether each rank needs the sums of all ranks.
  private var sharesSums: Bool { plan.ownerCount < ranks.size }

  /// Begins to give all ranks the sums of a chunk, whose pieces lie behind each
  /// other.
  private func startSharing(_ chunk: Int) {
    guard failure == nil else { return }
    let first = sumPlan.places(chunk).lowerBound
    guard let sums = unsafe target(sumPlan.starts[first]) else { return }
    attempt { () throws(DistributedError) in
      try gathers[chunk % Self.depth].start("MPI_Iallgatherv") {
        unsafe cmpi_start_all_gather(
          sums, counts.owned + first, counts.packedStarts + first,
          Scalar.datatype, ranks.handle, &$0)
      }
    }
  }

  /// The memory for the sum of an element of the shard and those behind it.
  private func target(_ element: Int) -> UnsafeMutablePointer<Scalar>? {
    if hasSums {
      return unsafe summed.elements(from: element - shard.lowerBound)
    }
    return unsafe memory?.gradients(from: element).map {
      unsafe UnsafeMutablePointer(
        mutating: $0.assumingMemoryBound(to: Scalar.self))
    }
  }

  /// The memory for the gradients that come in, of one of the chunks that are
  /// under way.
  private func received(_ slot: Int) -> UnsafeMutableRawPointer {
    let stride = memory?.gradientStride ?? 0
    return unsafe received.start + slot * receivedCount * stride
  }

  // MARK: - Parameters

  /// Begins to give all ranks the parameters of a chunk, once the parameters of
  /// the chunk `depth` chunks before have arrived.
  private func startGather(_ chunk: Int) {
    guard let memory else { return }
    let slot = chunk % Self.depth
    finishGather(slot)
    guard failure == nil else { return }
    let first = plan.places(chunk).lowerBound
    var parameters = unsafe memory.parameters(from: 0)
    if isPacked {
      let packed = unsafe packedParameters(slot)
      let own = plan.ownPlace(chunk)
      unsafe memory.copyParameters(
        elements(own),
        to: packed + Int(counts.packedStarts[own]) * memory.parameterStride)
      unsafe parameters = packed
      gathered[slot] = chunk
    }
    guard let parameters = unsafe parameters else { return }
    attempt { () throws(DistributedError) in
      try gathers[slot].start("MPI_Iallgatherv") {
        unsafe cmpi_start_all_gather(
          parameters, counts.owned + first,
          (isPacked ? counts.packedStarts : counts.starts) + first,
          memory.hasSplitWeights ? cmpi_uint16() : Scalar.datatype,
          ranks.handle, &$0)
      }
    }
  }

  /// Waits for the parameters of a chunk, and unpacks them where they are
  /// packed.
  private func finishGather(_ slot: Int) {
    attempt { () throws(DistributedError) in try gathers[slot].wait() }
    defer { gathered[slot] = nil }
    guard let memory, failure == nil, let chunk = gathered[slot] else { return }
    let own = plan.ownPlace(chunk)
    for place in plan.places(chunk) where place != own {
      unsafe memory.replaceParameters(
        elements(place),
        with: packedParameters(slot)
          + Int(counts.packedStarts[place]) * memory.parameterStride)
    }
  }

  /// The memory for the packed parameters of one of the chunks that are under
  /// way.
  private func packedParameters(_ slot: Int) -> UnsafeMutableRawPointer {
    let stride = memory?.parameterStride ?? 0
    return unsafe packedParameters.start + slot * plan.largestCount * stride
  }
}

#endif
