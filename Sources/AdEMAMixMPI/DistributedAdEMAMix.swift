//===--- DistributedAdEMAMix.swift - one optimizer on many processes ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

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
/// Each rank has all parameters, and the gradient of its part of the batch. A
/// step uses the mean of the gradients. Calls are collective: all ranks make
/// the same calls, with the same options, or all ranks throw.
///
/// Given the sums of gradients, the result has the same bits for any number of
/// ranks, and the bits of one ``/AdEMAMix/AdEMAMix`` whose gradient scale is
/// divided by that number. Each sum is made in `Double`, in the order of the
/// ranks, and rounded once.
public struct DistributedAdEMAMix<Scalar: OptimizerScalar>: ~Copyable {
  /// The optimizer of this rank's shard, for reading: its moments, and the
  /// layout, the options and the counts, which are the same on all ranks.
  ///
  ///     let size = optimizer.state.layout.count
  ///     let bytes = optimizer.state.stateByteCount
  ///
  /// Moments and bytes are of ``/AdEMAMix/AdEMAMix/shard`` alone. Accumulated
  /// gradients are means of all ranks' gradients. Elements that were taken as 0
  /// are counted on all ranks.
  public internal(set) var state: AdEMAMix<Scalar>

  /// The ranks on which moments are kept.
  package let placement: StatePlacement

  /// The most elements of an owner's piece in a chunk of a step.
  package let pieceCount: Int

  /// The largest place in the layout that MPI takes.
  let displacementLimit: Int
  let communicator: MPICommunicator
  var shards: ShardedLayout
  var exchange: ChunkExchange<Scalar>
  /// The exchange of open steps, once there was one.
  var bucketExchange: Optional<BucketExchange<Scalar>>
  /// Whether gradients in `Float` are sent in bfloat16.
  var roundsGradients: Bool
  /// Whether a call of MPI has failed.
  var isBroken: Bool
  /// The steps from one comparison of parameters to the next, or `nil`.
  var checkInterval: Optional<Int>
  /// A number that differs between ranks whose settings differ. `nil` once a
  /// setting has changed.
  var digest: Optional<UInt64>

  /// Makes an optimizer with moments of 0.
  ///
  /// Ranks compare the arguments, and the library's version.
  ///
  /// - Parameters:
  ///   - layout: The tensors and their groups, the same on all ranks.
  ///   - communicator: The processes. The optimizer makes its calls in a
  ///     communicator of its own.
  ///   - placement: The ranks on which moments are kept.
  ///   - clock: The count that schedules see at the first step.
  ///   - weights: The form of the weights between two steps. Each rank keeps
  ///     the corrections of its shard.
  ///   - engine: The way in which steps are computed. `nil` follows from the
  ///     groups, as in a local optimizer. With ``StatePlacement/replicated``
  ///     and the engine `blas` or an average, all ranks must have the same
  ///     version of OpenBLAS, and processors for which it has the same kernels.
  ///   - threads: The largest number of threads that this rank's steps run on.
  ///     `nil` is the number of processors available to this rank.
  ///   - pieceCount: The most elements of an owner's piece in a chunk of a
  ///     step, at least 1, and on all ranks together at most 2^30. Two chunks
  ///     are under way at a time, and each takes as many elements as the pieces
  ///     of all ranks; three times as many where tensors are separate. `nil` is
  ///     2^16, or 2^18 for each thread if there are several; it is less for
  ///     many ranks or few parameters.
  /// - Throws: ``DistributedError``, on all ranks.
  /// - Complexity: O(count of the shard + number of tensors · number of ranks).
  public init(
    _ layout: ParameterLayout, on communicator: borrowing MPICommunicator,
    placement: StatePlacement = .sharded, clock: StepClock = .fromZero,
    weights: WeightFormat = .scalar, engine: StepEngine? = nil,
    threads: Int? = nil, pieceCount: Int? = nil
  ) throws(DistributedError) {
    try self.init(
      on: communicator, placement: placement, pieceCount: pieceCount,
      displacementLimit: Int(CInt.max)
    ) { shard throws(DistributedError) in
      do throws(AdEMAMixError) {
        return try AdEMAMix(
          layout, shard: shard(layout), clock: clock, weights: weights,
          engine: engine, threads: threads)
      } catch {
        throw .optimizer(error)
      }
    }
  }

  /// Makes an optimizer around the state that `make` gives.
  ///
  /// - Parameters:
  ///   - communicator: The processes.
  ///   - placement: The ranks on which moments are kept.
  ///   - pieceCount: The most elements of a piece, or `nil`.
  ///   - displacementLimit: The largest place in the layout that MPI takes.
  ///   - make: Makes this rank's optimizer, of the shard that the closure
  ///     returns for a layout.
  /// - Throws: ``DistributedError``, on all ranks.
  package init(
    on communicator: borrowing MPICommunicator, placement: StatePlacement,
    pieceCount: Int?, displacementLimit: Int,
    _ make: (_ shard: (ParameterLayout) -> Range<Int>)
      throws(DistributedError) -> AdEMAMix<Scalar>
  ) throws(DistributedError) {
    let own = try communicator.duplicate()
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
    guard let state = consume made else {
      preconditionFailure("there is an optimizer or a failure")
    }
    let threads = try ranks.minimum([Int64(state.threadSplit.threadCount)])[0]
    let pieceCount =
      pieceCount
      ?? ChunkPlan.pieceCount(
        layoutCount: state.layout.count, ranks: ranks.size,
        threads: Int(threads))
    try ranks.compare(
      Self.fields(
        of: state, placement, average: Self.averageFields(of: state),
        pieceCount: pieceCount, displacementLimit: displacementLimit))
    let limit = ChunkPlan.largestPieceCount(ranks: ranks.size)
    guard (1...limit).contains(pieceCount) else {
      throw .pieceCount(pieceCount, limit: limit)
    }
    self.placement = placement
    self.pieceCount = pieceCount
    self.displacementLimit = displacementLimit
    let (shards, exchange) = Self.exchange(
      state.layout, placement, between: ranks, pieceCount: pieceCount,
      displacementLimit: displacementLimit, state.threadSplit)
    self.shards = shards
    self.exchange = exchange
    self.state = state
    // An init that assigns `self` cannot have defaults of properties.
    bucketExchange = nil
    roundsGradients = false
    isBroken = false
    checkInterval = nil
    digest = nil
    self.communicator = own
  }

  /// The shards of the owners. There is one owner, of everything, if each rank
  /// keeps all moments.
  static func shards(
    of layout: ParameterLayout, _ placement: StatePlacement, _ size: Int
  ) -> [Range<Int>] {
    switch placement {
    case .sharded: layout.shards(size, of: Scalar.self)
    case .replicated: [0..<layout.count]
    }
  }

  /// The shards of a layout, and the exchange of their chunks between ranks.
  static func exchange(
    _ layout: ParameterLayout, _ placement: StatePlacement,
    between ranks: Ranks, pieceCount: Int, displacementLimit: Int,
    _ threadSplit: ThreadSplit
  ) -> (ShardedLayout, ChunkExchange<Scalar>) {
    let shards = shards(of: layout, placement, ranks.size)
    // A chunk has a piece for each rank, which owns the piece or sums it up.
    let plan = ChunkPlan(
      layout, shards, owner: placement == .sharded ? ranks.rank : 0,
      pieceCount: placement == .sharded
        ? pieceCount : pieceCount * ranks.size, of: Scalar.self)
    let exchange = ChunkExchange<Scalar>(
      between: ranks, plan, count: layout.count,
      shard: shards[plan.owner], displacementLimit: displacementLimit,
      threadSplit)
    return (ShardedLayout(layout, shards: shards, of: Scalar.self), exchange)
  }
}

#endif
