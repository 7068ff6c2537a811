//===--- DistributedAdEMAMix.swift - one optimizer on many processes ------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

/// Where the moments of a distributed optimizer are.
public enum Placement: String, Sendable, Hashable, Codable, CaseIterable {
  /// Each rank keeps those of its shard, and makes the step for it: a step sums
  /// gradients to their owners, and gathers parameters from them (ZeRO stage 1,
  /// Rajbhandari et al., 2020, "ZeRO: Memory Optimizations Toward Training
  /// Trillion Parameter Models").
  case sharded
  /// Each rank keeps all: a step sums gradients to all ranks, and each makes the
  /// whole step. For models whose step takes little time.
  case replicated
}

/// The AdEMAMix optimizer, on the processes of an MPI communicator.
///
///     let environment = try MPIEnvironment()
///     let world = try environment.world()
///     var optimizer = try DistributedAdEMAMix<Float>(layout, on: world)
///     try optimizer.broadcast(&parameters)
///     for batch in batches(of: world.rank) {
///       var gradients = gradients(parameters, batch)
///       try optimizer.step(&parameters, gradients: &gradients)
///     }
///     try environment.finalize()
///
/// Each rank has all parameters, and the gradient of its part of the batch; a
/// step is one with the mean of the gradients. Calls are collective: all ranks
/// make the same, with the same options, or all of them throw.
///
/// Given the sums of gradients, the result has the same bits for any number of
/// ranks, and those of one ``AdEMAMix`` whose gradient scale is divided by their
/// number. With ``Placement/sharded`` each sum is made in `Double`, in the order of
/// the ranks, and rounded once; with ``Placement/replicated`` it is in MPI's order,
/// which may depend on the library.
public struct DistributedAdEMAMix<Scalar: OptimizerScalar>: ~Copyable {
  /// Where the moments are.
  public let placement: Placement

  /// The number of this process.
  public var rank: Int { communicator.rank }

  /// The number of processes.
  public var rankCount: Int { communicator.size }

  /// The most elements of an owner's piece in a chunk of a step.
  public let pieceCount: Int

  /// The largest place in the layout that MPI takes.
  let displacementLimit: Int
  let communicator: Communicator
  var optimizer: AdEMAMix<Scalar>
  var shards: ShardedLayout
  var exchange: ChunkExchange<Scalar>
  /// Whether a call of MPI has failed.
  var isBroken: Bool
  /// Of what all ranks must have alike; `nil` once that has changed.
  var digest: Optional<UInt64>

  /// An optimizer with moments of 0.
  ///
  /// Ranks compare what they are given, and the library's version.
  ///
  /// - Parameters:
  ///   - layout: The tensors and their groups, the same on all ranks.
  ///   - communicator: The processes. The optimizer makes its calls in a
  ///     communicator of its own.
  ///   - placement: Where the moments are.
  ///   - clock: Which count the first step shows to schedules.
  ///   - engine: How a step is computed. With `blas` and ``Placement/replicated``,
  ///     all ranks must have the same version of OpenBLAS, and processors for which it
  ///     has the same kernels.
  ///   - threads: The largest number of threads that this rank's steps run on.
  ///     `nil` is the number of processors available to it.
  ///   - pieceCount: The most elements of an owner's piece in a chunk of a step,
  ///     at least 1; on all ranks together less than 2^30. Two chunks are under way
  ///     at a time: each takes as many elements as the pieces of all ranks. `nil`
  ///     is 2^16, or 2^18 for each thread where there are several; less with many
  ///     ranks or few parameters.
  /// - Throws: ``DistributedError``, on all ranks.
  /// - Complexity: O(count of the shard + number of tensors · number of ranks).
  public init(
    _ layout: ParameterLayout, on communicator: borrowing Communicator,
    placement: Placement = .sharded, clock: StepClock = .fromZero,
    engine: Engine = .blas, threads: Int? = nil, pieceCount: Int? = nil
  ) throws(DistributedError) {
    try self.init(
      on: communicator, placement: placement, pieceCount: pieceCount,
      displacementLimit: Int(CInt.max)
    ) { shard throws(DistributedError) in
      do throws(AdEMAMixError) {
        return try AdEMAMix(
          layout, shard: shard(layout), clock: clock, engine: engine,
          threads: threads)
      } catch {
        throw .optimizer(error)
      }
    }
  }

  /// An optimizer that `make` makes of this rank's shard.
  package init(
    on communicator: borrowing Communicator, placement: Placement,
    pieceCount: Int?, displacementLimit: Int,
    _ make: (_ shard: (ParameterLayout) -> Range<Int>)
      throws(DistributedError) -> AdEMAMix<Scalar>
  ) throws(DistributedError) {
    try DistributedError.checkCallsAreAllowed()
    let own = try DistributedError.wrapping { () throws(MPIError) in
      try communicator.duplicate()
    }
    let ranks = own.ranks
    var made: AdEMAMix<Scalar>?
    var failure: DistributedError?
    do throws(DistributedError) {
      made = try make {
        Self.shards(of: $0, placement, ranks.size)[
          placement == .sharded ? ranks.rank : 0]
      }
    } catch {
      failure = error
    }
    try ranks.agree(failure)
    guard let optimizer = consume made else {
      preconditionFailure("there is an optimizer or a failure")
    }
    let threads = try DistributedError.wrapping { () throws(MPIError) in
      try ranks.minimum([Int64(optimizer.threadSplit.threadCount)])[0]
    }
    let pieceCount =
      pieceCount
      ?? ChunkPlan.pieceCount(
        layoutCount: optimizer.layout.count, ranks: ranks.size,
        threads: Int(threads))
    try ranks.compare(
      Self.fields(
        of: optimizer, placement, pieceCount: pieceCount,
        displacementLimit: displacementLimit))
    let limit = ChunkPlan.largestPieceCount(ranks: ranks.size)
    guard (1...limit).contains(pieceCount) else {
      throw .pieceCount(pieceCount, limit: limit)
    }
    self.placement = placement
    self.pieceCount = pieceCount
    self.displacementLimit = displacementLimit
    let (shards, exchange) = Self.exchange(
      optimizer.layout, placement, between: ranks, pieceCount: pieceCount,
      displacementLimit: displacementLimit, optimizer.threadSplit)
    self.shards = shards
    self.exchange = exchange
    self.optimizer = optimizer
    // No defaults of the properties: an init that assigns `self` cannot have any.
    isBroken = false
    digest = nil
    self.communicator = own
  }

  /// The shards of the owners: one of all where each rank has everything.
  static func shards(
    of layout: ParameterLayout, _ placement: Placement, _ size: Int
  ) -> [Range<Int>] {
    switch placement {
    case .sharded: layout.shards(size, of: Scalar.self)
    case .replicated: [0..<layout.count]
    }
  }

  /// The chunks of a layout, and the way they go.
  static func exchange(
    _ layout: ParameterLayout, _ placement: Placement,
    between ranks: Ranks, pieceCount: Int, displacementLimit: Int,
    _ threadSplit: ThreadSplit
  ) -> (ShardedLayout, ChunkExchange<Scalar>) {
    let shards = shards(of: layout, placement, ranks.size)
    let plan = ChunkPlan(
      layout, shards, owner: placement == .sharded ? ranks.rank : 0,
      pieceCount: pieceCount, of: Scalar.self)
    let exchange = ChunkExchange<Scalar>(
      between: ranks, plan, count: layout.count,
      displacementLimit: displacementLimit, threadSplit)
    return (ShardedLayout(layout, shards: shards, of: Scalar.self), exchange)
  }
}

#endif
