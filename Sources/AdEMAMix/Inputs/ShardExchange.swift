//===--- ShardExchange.swift - what owners of shards do for each other ----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// How the owners of the shards of one model give each other gradients,
/// parameters and what they know of them.
///
/// Nothing here throws: an exchange that fails remembers it, and goes on without
/// the others, so that its owner can say so once the call is over.
package protocol ShardExchange<Scalar>: AnyObject {
  associatedtype Scalar: OptimizerScalar

  /// Calls `work` with all tiles of the shard's plan, piece by piece, each once
  /// its gradients are there.
  ///
  /// - Parameters:
  ///   - writesParameters: Whether the others get the parameters that `work`
  ///     leaves.
  ///   - work: Works on some tiles.
  func visit(
    writesParameters: Bool, _ work: (_ tiles: Range<Int>) -> Void)

  /// Gives each owner the bytes of all, in the order of the shards, or `nil`
  /// where that failed.
  func gather(_ bytes: [UInt8]) -> [UInt8]?
}

/// The memory of a shard whose model belongs to several owners.
@safe struct SharedSource<Exchange: ShardExchange>: StepSource {
  typealias Scalar = Exchange.Scalar

  /// The shard.
  let memory: ParameterMemory<Scalar>
  let shard: Range<Int>
  let shards: SharedLayout
  let exchange: Exchange

  func visit(
    _ plan: TilePlan, for work: PassWork,
    _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void
  ) {
    let writesParameters =
      switch work {
      case .step, .apply: true
      case .survey, .accumulate, .average, .clear: false
      }
    let memory = unsafe self.memory
    exchange.visit(writesParameters: writesParameters) {
      unsafe body(memory, $0)
    }
  }

  func judged(_ plan: TilePlan) -> TilePlan { shards.whole }

  func firstJudged(_ plan: TilePlan) -> Int { shards.first(of: plan) }

  func join(
    _ sums: inout SurveySums, _ plan: TilePlan, after work: PassWork,
    _ stages: Stages
  ) {
    guard shards.bounds.count > 1 else { return }
    let own = plan.segments.indices.map { sums[$0] }
    var whole = Array(
      repeating: SegmentSums(), count: shards.whole.segments.count)
    switch work {
    case .survey:
      let tensors = shards.whole.segments[shards.first(of: plan)...]
      let found = zip(zip(plan.segments, tensors), own).map {
        let (segment, tensor) = $0
        return $1.gradient.shifted(
          by: shard.lowerBound + segment.start - tensor.start)
      }
      join(found) { whole[$0].gradient.add($1) }
    case .average:
      if stages.isCautious {
        join(own.map(\.agreementCount)) { whole[$0].agreementCount += $1 }
      }
      if stages.limitsUpdates {
        join(own.map(\.excess)) { whole[$0].excess.add($1) }
      }
    case .step, .apply:
      if stages.measures {
        join(own.map(\.measured)) { whole[$0].measured.add($1) }
      }
    case .accumulate, .clear: break
    }
    sums.replaceSegments(whole)
  }

  /// Calls `add` with the segments of all owners, by their tensors.
  private func join<Sum: BitwiseCopyable>(
    _ own: [Sum], _ add: (_ segment: Int, Sum) -> Void
  ) {
    let bytes = unsafe own.withUnsafeBytes { unsafe Array($0) }
    guard let all = exchange.gather(bytes) else { return }
    let stride = MemoryLayout<Sum>.stride
    precondition(
      all.count == shards.owned.count * stride,
      "all owners must have the same layout")
    unsafe all.withUnsafeBytes { all in
      for (place, segment) in shards.owned.enumerated() {
        add(
          segment,
          unsafe all.loadUnaligned(fromByteOffset: place * stride, as: Sum.self)
        )
      }
    }
  }
}
