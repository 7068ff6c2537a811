//===--- AdEMAMix.swift - the optimizer -----------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The AdEMAMix optimizer: AdamW with a second, very slow average of the
/// gradients.
///
///     var optimizer = try AdEMAMix<Float>([
///       ParameterGroup(
///         "matrices", sizes: [784 * 128, 128 * 10], hyperparameters),
///       ParameterGroup(
///         "biases", sizes: [128, 10], hyperparameters.with(\.weightDecay, 0)),
///     ])
///     try optimizer.step(&parameters, gradients: gradients)
///
/// With gradient g at step t = 1, 2, …, each element follows
///
///     m1 ← β1·m1 + (1-β1)·g
///     m2 ← β3·m2 + (1-β3)·g
///     ν  ← β2·ν  + (1-β2)·g²
///     θ  ← θ - η·((m1/(1-β1ᵗ) + α·m2) / (√(ν/(1-β2ᵗ) + ε̄) + ε) + λ·θ)
///
/// The optimizer owns the moments m1, m2 and ν: 12 bytes a `Float` parameter,
/// 8 where beta1 is 0, less with another ``ParameterGroup/storage``. Parameters
/// and gradients stay the caller's. A step depends neither on the number of
/// threads nor on how the parameters lie in memory. NaN and infinite gradients
/// follow IEEE arithmetic, and stay in the moments of the elements they meet.
/// Finite ones of any size are survived: see ``NonFinitePolicy``.
///
/// - Reference: ["The AdEMAMix Optimizer: Better, Faster,
///   Older"](https://arxiv.org/abs/2409.03137) (Pagliardini, Ablin and
///   Grangier, 2024), algorithm 1. ε̄ (`epsilonRoot`) and the defaults are
///   those of `optax.contrib.ademamix`.
public struct AdEMAMix<Scalar: OptimizerScalar>: ~Copyable, Sendable {
  /// The groups, and the flat index space of their tensors.
  /// ``updateGroup(_:_:)`` changes groups.
  public internal(set) var layout: ParameterLayout

  /// The part of the flat index space that this optimizer updates.
  public let shard: Range<Int>

  /// The count that schedules see at the first step.
  public let clock: StepClock

  /// The form of the weights between two steps.
  public internal(set) var weights: WeightFormat

  /// How a step is computed. May be set between two steps.
  ///
  /// An engine that was never named follows from the groups: `blas`, or `fused`
  /// where ``weights`` or the ``ParameterGroup/storage`` of one needs it. Calls
  /// with bfloat16 then run on `fused` as well.
  public var engine: StepEngine {
    get {
      let needsFused = weights != .scalar || layout.groups.needFused
      return namedEngine ?? (needsFused ? .fused : .blas)
    }
    set { namedEngine = newValue }
  }

  /// The engine that was given or set.
  var namedEngine: StepEngine?

  /// The options of the next calls.
  public var options = StepOptions()

  /// The average of the parameters that the steps keep up to date, in the same
  /// pass over memory. `nil`, the default, keeps none.
  ///
  ///     optimizer.average = try ParameterAverage(of: parameters, decay: 0.999)
  ///     …                                             // train
  ///     try optimizer.average?.swap(with: &parameters)  // evaluate, and again
  ///
  /// Each call that completes a step also makes the update that
  /// ``ParameterAverage`` has a call for, with the same bits for an average of
  /// the same tensors. Calls of the update alone leave the average as it is:
  /// the program moves the parameters later. A step on 8 million parameters
  /// with its average takes 0.87 times as long as both one after the other with
  /// the engine `fused` on one thread, and 0.96 to 0.97 times with `blas` or on
  /// two.
  ///
  /// The average must have the count of ``shard``. A step throws
  /// ``AdEMAMixError`` for another count, and while the averages are in the
  /// model. ``openStep(gradientScale:diagnostics:_:)`` refuses an average:
  /// a program keeps one of its own there. A copy of the optimizer has a copy
  /// of the average.
  public var average: ParameterAverage<Scalar>?

  /// The number of steps completed. It stops at 2^53.
  public var stepCount: Int { counts.steps }

  /// The calls that ``NonFinitePolicy/skipStep(limit:)`` made do nothing.
  public var skippedStepCount: Int { counts.skippedSteps }

  /// The elements that ``NonFinitePolicy/zeroElements`` took as 0.
  public var zeroedElementCount: Int { counts.zeroedElements }

  /// The largest number of threads that a step runs on, at least 1. May be set
  /// between two steps.
  public var threadCount: Int {
    get { threadSplit.threadCount }
    set {
      precondition(newValue > 0, "an optimizer needs at least one thread")
      threadSplit.threadCount = newValue
    }
  }

  /// How a step is split over threads.
  package var threadSplit: ThreadSplit {
    didSet { workspace.fit(grid, threadSplit) }
  }

  /// The instructions that the C kernels use.
  package var instructionSet = InstructionSet.widest

  var grid: TileGrid
  /// The number of elements that the shard has of each tensor.
  let tensorSizes: [Int]
  var states: [GroupState<Scalar>]
  /// The histories of tensors that some step has left alone.
  var tensorHistories = TensorHistories()
  /// The weights of the gradients that have accumulated: their sum.
  var accumulatedWeight = 0.0
  /// The tensors of which no gradient has accumulated for the next step, while
  /// there are some of others, in ascending order.
  var unaccumulatedTensors: [Int] = []
  var counts = RunCounts()
  /// The arguments of the last call with a gradient.
  package var lastArguments = CallArguments()
  var workspace: StepWorkspace<Scalar>

  /// An optimizer with moments of 0.
  ///
  /// - Parameters:
  ///   - layout: The tensors and their groups.
  ///   - shard: The part of the flat index space to update, for a caller that
  ///     owns no more of the parameters. Moments are kept for it alone. `nil`
  ///     is the whole. Results are those of the whole, to the bit, where the
  ///     shard's bounds are ones that ``ParameterLayout/shards(_:of:)`` gives;
  ///     with other bounds the `blas` engine may round differently. Options
  ///     that depend on the whole gradient or on a tensor (norms, RMS, the
  ///     cautious mask, update clipping, skipped steps) see the shard alone.
  ///   - clock: The count that schedules see at the first step.
  ///   - weights: The form of the weights between two steps. Only `Float` ones
  ///     can be split, and only on the engine `fused`.
  ///   - engine: How a step is computed. `nil` follows from the groups; see
  ///     ``engine``.
  ///   - options: The options of all calls.
  ///   - threads: The largest number of threads a step runs on. `nil` is the
  ///     number of processors available.
  /// - Throws: ``AdEMAMixError`` for hyperparameters out of range, a shard
  ///   outside the layout, a thread count below 1, a storage of moments or a
  ///   form of weights that the engine or the scalar type does not allow, or
  ///   too little memory.
  /// - Complexity: O(count of the shard).
  public init(
    _ layout: ParameterLayout, shard: Range<Int>? = nil,
    clock: StepClock = .fromZero, weights: WeightFormat = .scalar,
    engine: StepEngine? = nil, options: StepOptions = StepOptions(),
    threads: Int? = nil
  ) throws(AdEMAMixError) {
    try options.check()
    try options.checkAccumulation()
    for group in layout.groups {
      try group.hyperparameters.validateSchedules(group: group.name)
      try Self.checkValues(of: group, clock)
    }
    try self.init(
      checked: layout, shard: shard ?? 0..<layout.count, clock: clock,
      weights: weights, engine: engine, threads: threads)
    self.options = options
  }

  /// Checks the hyperparameters as they are at the first step, with scales of
  /// 1: no later step has larger coefficients of the same values.
  static func checkValues(
    of group: ParameterGroup, _ clock: StepClock
  ) throws(AdEMAMixError) {
    var scales = MomentScales()
    _ = try StepCoefficients(
      group, clock, after: 0, MomentStepCounts(0), scales: &scales,
      folding: true, for: .step, in: Scalar.self)
  }

  /// Checks the hyperparameters that are the same at each step.
  ///
  /// The values of schedules are checked at the steps themselves: a schedule
  /// that was set late may never have been right at the first step.
  static func checkConstants(
    of group: ParameterGroup, _ clock: StepClock
  ) throws(AdEMAMixError) {
    var constants = group
    constants.hyperparameters = group.hyperparameters.withoutSchedules
    try checkValues(of: constants, clock)
  }

  /// Checks how moments are stored, and that the engine can work on them.
  static func checkStorage(
    _ groups: [ParameterGroup], _ engine: StepEngine?
  ) throws(AdEMAMixError) {
    for group in groups {
      try group.storage.check(group: group.name, in: Scalar.self)
      if let engine { try group.storage.check(engine, group: group.name) }
    }
  }

  /// An optimizer of groups whose hyperparameters have been checked.
  init(
    checked layout: ParameterLayout, shard: Range<Int>, clock: StepClock,
    weights: WeightFormat, engine: StepEngine?, threads: Int?
  ) throws(AdEMAMixError) {
    guard shard.lowerBound >= 0, shard.upperBound <= layout.count else {
      throw .shardOutOfRange(shard, count: layout.count)
    }
    let threadCount = threads ?? availableProcessorCount()
    guard threadCount > 0 else { throw .threadCount(threadCount) }
    try Self.checkStorage(layout.groups, engine)
    try weights.check(engine, in: Scalar.self)

    let tileLength = TileGrid.tileLength(of: Scalar.self)
    let grid = TileGrid(layout, shard: shard, tileLength: tileLength)
    var states: [GroupState<Scalar>] = []
    for (group, size) in zip(layout.groups, grid.momentSizes) {
      states.append(try GroupState(group, size, weights))
    }
    self.grid = grid
    self.layout = layout
    self.shard = shard
    self.clock = clock
    self.weights = weights
    namedEngine = engine
    tensorSizes = layout.tensors.map { $0.range.clamped(to: shard).count }
    self.states = states
    let threadSplit = ThreadSplit(threadCount: threadCount)
    self.threadSplit = threadSplit
    workspace = StepWorkspace(grid, threadSplit, groupCount: states.count)
  }

  /// The optimizer with the same settings, and states of its own.
  init(
    copying source: borrowing AdEMAMix, states: [GroupState<Scalar>],
    average: consuming ParameterAverage<Scalar>?
  ) {
    layout = source.layout
    shard = source.shard
    clock = source.clock
    weights = source.weights
    namedEngine = source.namedEngine
    tensorSizes = source.tensorSizes
    options = source.options
    counts = source.counts
    lastArguments = source.lastArguments
    threadSplit = source.threadSplit
    instructionSet = source.instructionSet
    grid = source.grid
    self.states = states
    tensorHistories = source.tensorHistories
    unaccumulatedTensors = source.unaccumulatedTensors
    accumulatedWeight = source.accumulatedWeight
    self.average = average
    workspace = StepWorkspace(grid, threadSplit, groupCount: states.count)
  }

  /// An optimizer of groups that lie one behind the other.
  ///
  /// - Throws: ``AdEMAMixError`` as
  ///   ``init(_:shard:clock:weights:engine:options:threads:)`` and
  ///   ``ParameterLayout/init(_:)`` do.
  /// - Complexity: O(count of the layout + number of tensors).
  public init(
    _ groups: [ParameterGroup], clock: StepClock = .fromZero,
    weights: WeightFormat = .scalar, engine: StepEngine? = nil,
    options: StepOptions = StepOptions(), threads: Int? = nil
  ) throws(AdEMAMixError) {
    try self.init(
      ParameterLayout(groups), clock: clock, weights: weights, engine: engine,
      options: options, threads: threads)
  }
}

extension AdEMAMix {
  /// The engine of a call. `isMixed` says that some of the call's memory is in
  /// bfloat16, on which `fused` alone works.
  func engine(isMixed: Bool) throws(AdEMAMixError) -> StepEngine {
    guard isMixed else { return engine }
    if let namedEngine, namedEngine != .fused {
      throw .storageNeedsFusedEngine(namedEngine, group: nil)
    }
    return .fused
  }
}

extension [ParameterGroup] {
  /// Whether moments of a group are stored in fewer bits, on which `fused`
  /// alone works.
  fileprivate var needFused: Bool {
    for index in indices where !span[index].storage.isFull { return true }
    return false
  }
}
