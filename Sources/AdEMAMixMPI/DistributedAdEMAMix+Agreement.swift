//===--- DistributedAdEMAMix+Agreement.swift - what ranks must have alike -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

extension DistributedAdEMAMix {
  /// The version of the messages between ranks.
  private static var protocolVersion: Int { 6 }

  /// The build of OpenBLAS that all ranks must have, or `any`.
  ///
  /// The bits of a step depend on it with the engine `blas`, and the bits of an
  /// average with every engine. Ranks that each make the whole step would drift
  /// apart, while the owner of a shard is the only rank that makes the step of
  /// that shard.
  private static func arithmetic(
    _ state: borrowing AdEMAMix<Scalar>, _ placement: StatePlacement
  ) -> String {
    state.engine == .blas || state.average != nil
      ? arithmeticOfBLAS(placement) : "any"
  }

  /// The build of OpenBLAS that all ranks must have if bits depend on it, or
  /// `any`.
  static func arithmeticOfBLAS(_ placement: StatePlacement) -> String {
    placement == .replicated ? BLASBuild.current.description : "any"
  }

  /// The state of an average but for its elements, which all ranks must have
  /// alike.
  static func averageFields(
    of state: borrowing AdEMAMix<Scalar>
  ) -> AverageFields? {
    switch state.average {
    case .some(let average):
      AverageFields(average.record, isSwappedIn: average.isSwappedIn)
    case nil: nil
    }
  }

  /// The settings and counts that all ranks must have alike.
  ///
  /// - Parameters:
  ///   - state: The optimizer of the shard.
  ///   - placement: The ranks on which moments are kept.
  ///   - average: The state of the average.
  ///   - pieceCount: The most elements of a piece.
  ///   - displacementLimit: The largest place in the layout that MPI takes.
  ///   - parameterCheckInterval: The steps from one comparison of parameters to
  ///     the next.
  ///   - sendsBFloat16Gradients: Whether steps round gradients to send them.
  /// - Returns: The fields in the order in which ranks compare them.
  static func fields(
    of state: borrowing AdEMAMix<Scalar>, _ placement: StatePlacement,
    average: AverageFields?, pieceCount: Int, displacementLimit: Int,
    parameterCheckInterval: Int? = nil, sendsBFloat16Gradients: Bool = false
  ) -> FieldList {
    let record = state.record
    return FieldList(
      of: RankFields(
        version: protocolVersion, sumsVersion: SumWords.version,
        scalar: "\(Scalar.self)",
        placement: placement, engine: state.engine,
        openBLAS: arithmetic(state, placement),
        weights: state.weights, average: average,
        clock: record.clock, groups: record.layout.groups,
        order: record.layout.tensors.map(\.name), options: record.options,
        parameterCheckInterval: parameterCheckInterval,
        sendsBFloat16Gradients: sendsBFloat16Gradients,
        counts: record.counts,
        stepCounts: record.groups.map(\.stepCounts),
        tensorHistories: record.tensorHistories,
        accumulatedWeight: record.accumulatedWeight,
        pieceCount: pieceCount, displacementLimit: displacementLimit))
  }

  /// Throws on a rank that may make no call, before anything has changed.
  func checkIsUsable() throws(DistributedError) {
    guard !isBroken, communicator.ranks.rollCall.failure == nil else {
      throw .brokenByEarlierFailure
    }
    try DistributedError.checkCallsAreAllowed()
  }

  /// The result of a part of a call that may fail on this rank alone.
  mutating func prepared<Success>(
    _ body: (inout AdEMAMix<Scalar>) throws(AdEMAMixError) -> Success
  ) -> Result<Success, DistributedError> {
    do throws(AdEMAMixError) {
      return .success(try body(&state))
    } catch {
      return .failure(.optimizer(error))
    }
  }

  /// Lets all ranks go on with a call, or none: ranks may have failed, have
  /// come apart, or make different calls.
  ///
  /// - Parameters:
  ///   - result: The outcome on this rank.
  ///   - call: The call, which must be the same on all ranks.
  ///   - arguments: The arguments of a step, likewise.
  /// - Returns: The outcome on this rank, if all ranks can go on.
  /// - Throws: ``DistributedError``, on all ranks.
  mutating func agree<Success>(
    on result: Result<Success, DistributedError>, in call: CollectiveCall,
    _ arguments: StepArguments = StepArguments()
  ) throws(DistributedError) -> Success {
    var failure: DistributedError?
    if case .failure(let error) = result { failure = error }
    let digest = currentDigest() &+ call.digest(arguments)
    guard try communicator.ranks.agree(failure, digest: digest) else {
      try communicator.ranks.compare(
        Self.fields(
          of: state, placement, average: Self.averageFields(of: state),
          pieceCount: pieceCount, displacementLimit: displacementLimit,
          parameterCheckInterval: checkInterval,
          sendsBFloat16Gradients: roundsGradients))
      try communicator.ranks.compare(call.fields(arguments))
      preconditionFailure("fields that are alike have the same digest")
    }
    return try result.get()
  }

  /// A number that differs between ranks that would make different steps.
  private mutating func currentDigest() -> UInt64 {
    let settings =
      digest
      ?? FieldList(
        of: StepFields(
          engine: state.engine,
          openBLAS: Self.arithmetic(state, placement),
          options: state.options, parameterCheckInterval: checkInterval,
          sendsBFloat16Gradients: roundsGradients,
          groups: state.layout.groups.map {
            var group = $0
            group.tensors = []
            return group
          })
      ).digest
    digest = settings
    let counts = state.runCounts
    // Each count has an odd factor of its own, so that a difference in one
    // count always changes the number, and differences in several do not cancel
    // out but by chance. The factors are 2^64 divided by the golden ratio, and
    // two primes of xxHash.
    return settings
      &+ UInt64(counts.steps) &* 0x9e37_79b9_7f4a_7c15
      &+ UInt64(counts.accumulatedGradients) &* 0xc2b2_ae3d_27d4_eb4f
      &+ UInt64(counts.consecutiveSkips) &* 0x1656_67b1_9e37_79f9
  }
}

/// The settings that may change between two steps.
private struct StepFields {
  let engine: StepEngine
  let openBLAS: String
  let options: StepOptions
  let parameterCheckInterval: Int?
  let sendsBFloat16Gradients: Bool
  let groups: [ParameterGroup]
}

/// The settings and counts that all ranks must have alike, in the order in
/// which ranks compare them.
private struct RankFields {
  let version: Int
  let sumsVersion: Int
  let scalar: String
  let placement: StatePlacement
  let engine: StepEngine
  let openBLAS: String
  let weights: WeightFormat
  let average: AverageFields?
  let clock: StepClock
  let groups: [ParameterGroup]
  let order: [String]
  let options: StepOptions
  let parameterCheckInterval: Int?
  let sendsBFloat16Gradients: Bool
  let counts: RunCounts
  let stepCounts: [MomentStepCounts]
  let tensorHistories: TensorHistories
  let accumulatedWeight: Double
  let pieceCount: Int
  let displacementLimit: Int
}

#endif
