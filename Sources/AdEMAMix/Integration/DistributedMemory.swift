//===--- DistributedMemory.swift - a shard whose model has several owners -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The memory of a shard whose model belongs to several owners.
@safe struct DistributedMemory<Exchange: GradientExchange>: StepMemory {
  typealias Scalar = Exchange.Scalar

  /// The memory of the model.
  let model: ModelMemory<Scalar>
  let shard: Range<Int>
  let shards: ShardedLayout
  let exchange: Exchange

  mutating func visit(
    _ grid: TileGrid, tiles _: Range<Int>, for kind: PassKind,
    _ body: (LentMemory<Scalar>, Range<Int>) -> Void
  ) {
    exchange.visit(writesParameters: kind.writesParameters) {
      unsafe model.visit(
        shard, grid, tiles: $0, sums: exchange.sums, body)
    }
  }

  func decisionGrid(_ grid: TileGrid) -> TileGrid { shards.whole }

  func firstDecisionSlice(_ grid: TileGrid) -> Int { shards.first(of: grid) }

  func join(
    _ sums: inout ScanSums, _ grid: TileGrid, after kind: PassKind,
    _ options: PassOptions
  ) {
    guard shards.bounds.count > 1 else { return }
    let own = grid.slices.indices.map { sums[$0] }
    var whole = Array(
      repeating: SliceSums(), count: shards.whole.slices.count)
    switch kind {
    case .scan:
      let tensors = shards.whole.slices[shards.first(of: grid)...]
      let found = zip(zip(grid.slices, tensors), own).map {
        let (slice, tensor) = $0
        return $1.gradient.shifted(
          by: shard.lowerBound + slice.start - tensor.start)
      }
      join(found) { whole[$0].gradient.add($1) }
    case .moments:
      if options.isCautious {
        join(own.map(\.agreement)) { whole[$0].agreement.add($1) }
      }
      if options.limitsUpdates {
        join(own.map(\.excess)) { whole[$0].excess.add($1) }
      }
    case .step, .parameters:
      if options.measures {
        join(own.map(\.measured)) { whole[$0].measured.add($1) }
      }
    case .accumulate, .clear: break
    }
    sums.replaceSlices(whole)
  }

  /// Calls `add` with the slices of all owners, by their tensors.
  private func join<Sum: ExchangedSum>(
    _ own: [Sum], _ add: (_ slice: Int, Sum) -> Void
  ) {
    var sent = SumWords()
    for var sum in own { sum.pass(to: &sent) }
    guard let bytes = exchange.gather(sent.bytes) else { return }
    var received = SumWords(reading: bytes)
    let sums = shards.owned.map { _ in
      var sum = Sum()
      sum.pass(to: &received)
      return sum
    }
    precondition(
      received.wereRead, "all owners must have the same layout, and send sums")
    for (slice, sum) in zip(shards.owned, sums) { add(slice, sum) }
  }
}
