//===--- DistributedAdEMAMix+Agreement.swift - what ranks must have alike -===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

extension DistributedAdEMAMix {
  /// The version of what ranks say to each other.
  private static var protocolVersion: Int { 3 }

  /// The OpenBLAS on which the bits of this rank's steps depend, if they must be
  /// those of the other ranks. Ranks that each make the whole step would drift
  /// apart; the owner of a shard is the only one to make its step.
  private static func arithmetic(
    _ engine: Engine, _ placement: Placement
  ) -> String {
    engine == .blas && placement == .replicated
      ? BLASBuild.current.description : "any"
  }

  /// What all ranks must have alike.
  static func fields(
    of optimizer: borrowing AdEMAMix<Scalar>, _ placement: Placement,
    pieceCount: Int, displacementLimit: Int
  ) -> FieldList {
    let record = optimizer.record
    return FieldList(
      of: RankFields(
        version: protocolVersion, sumsVersion: SumWords.version,
        scalar: "\(Scalar.self)",
        placement: placement, engine: optimizer.engine,
        openBLAS: arithmetic(optimizer.engine, placement),
        clock: record.clock, groups: record.layout.groups,
        order: record.layout.tensors.map(\.name), options: record.options,
        counts: record.counts,
        stepCounts: record.groups.map(\.stepCounts),
        pieceCount: pieceCount, displacementLimit: displacementLimit))
  }

  /// Throws where this rank may make no call, before anything has changed.
  func checkIsUsable() throws(DistributedError) {
    guard !isBroken else { throw .brokenByEarlierFailure }
    try DistributedError.checkCallsAreAllowed()
  }

  /// Takes what may fail on this rank alone.
  mutating func prepared<Success>(
    _ body: (inout AdEMAMix<Scalar>) throws(AdEMAMixError) -> Success
  ) -> Result<Success, DistributedError> {
    do throws(AdEMAMixError) {
      return .success(try body(&optimizer))
    } catch {
      return .failure(.optimizer(error))
    }
  }

  /// Lets all ranks go on, or none: where one cannot, or where they have come
  /// apart, or make different calls.
  mutating func agree<Success>(
    on result: Result<Success, DistributedError>, in call: CollectiveCall
  ) throws(DistributedError) -> Success {
    var failure: DistributedError?
    if case .failure(let error) = result { failure = error }
    let digest = currentDigest() &+ call.digest
    guard try communicator.ranks.agree(failure, digest: digest) else {
      try communicator.ranks.compare(
        Self.fields(
          of: optimizer, placement, pieceCount: pieceCount,
          displacementLimit: displacementLimit))
      try communicator.ranks.compare(call.fields)
      preconditionFailure("fields that are alike have the same digest")
    }
    return try result.get()
  }

  /// A number that differs where ranks would make different steps.
  private mutating func currentDigest() -> UInt64 {
    let settings =
      digest
      ?? FieldList(
        of: StepFields(
          engine: optimizer.engine,
          openBLAS: Self.arithmetic(optimizer.engine, placement),
          options: optimizer.options,
          groups: optimizer.layout.groups.map {
            var group = $0
            group.tensors = []
            return group
          })
      ).digest
    digest = settings
    let counts = optimizer.runCounts
    // Odd factors keep what they multiply apart.
    return settings
      &+ UInt64(counts.steps) &* 0x9e37_79b9_7f4a_7c15
      &+ UInt64(counts.accumulatedGradients) &* 0xc2b2_ae3d_27d4_eb4f
      &+ UInt64(counts.consecutiveSkips) &* 0x1656_67b1_9e37_79f9
  }
}

/// What may change between two steps.
private struct StepFields {
  let engine: Engine
  let openBLAS: String
  let options: StepOptions
  let groups: [ParameterGroup]
}

/// What all ranks must have alike, in the order in which it is compared.
private struct RankFields {
  let version: Int
  let sumsVersion: Int
  let scalar: String
  let placement: Placement
  let engine: Engine
  let openBLAS: String
  let clock: StepClock
  let groups: [ParameterGroup]
  let order: [String]
  let options: StepOptions
  let counts: RunCounts
  let stepCounts: [MomentStepCounts]
  let pieceCount: Int
  let displacementLimit: Int
}

#endif
