//===--- AdEMAMix+Average.swift - an average that follows the steps -------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Prepares the update of the average by a call that completes a step.
  ///
  /// - Throws: ``AdEMAMixError`` for an average of another count, one that is
  ///   swapped into the model, and a decay out of range.
  mutating func prepareAverage(_ plan: StepPlan) throws(AdEMAMixError) {
    workspace.average = nil
    guard average != nil, plan.isComplete, plan.call.purpose != .update else {
      return
    }
    workspace.average = try average?.nextUpdate(
      of: tensorSizes, count: shard.count, first: shard.lowerBound)
  }

  /// Lets the average take in tensors that no pass of the step has moved:
  /// what is stored of all averages shares a scale, which has changed.
  func averageTensorsLeftAlone(_ memory: CallerMemory<Scalar>) {
    guard let (update, _) = workspace.average else { return }
    for slice in grid.frozen { memory.update(slice, update, threadSplit) }
    if workspace.roles.isEmpty { return }
    for slice in grid.slices
    where workspace.operands(of: slice, in: grid) == nil {
      memory.update(slice, update, threadSplit)
    }
  }
}

extension ParameterAverage {
  /// The next update by a step on some tensors.
  fileprivate mutating func nextUpdate(
    of sizes: [Int], count: Int, first: Int
  ) throws(AdEMAMixError) -> (AverageUpdate<Scalar>, LazyScale) {
    guard !isSwappedIn else { throw .isSwappedIn }
    guard self.count == count else {
      throw .averageCount(self.count, expected: count)
    }
    // Tiles must be those of the step.
    if self.sizes != sizes { cut(into: sizes) }
    return try nextUpdate(first: first)
  }
}

extension CallerMemory {
  /// Lets averages take in the parameters of a slice.
  fileprivate func update(
    _ slice: TensorSlice, _ average: AverageUpdate<Scalar>,
    _ threadSplit: ThreadSplit
  ) {
    let average = average.from(slice.start)
    unsafe lend(slice) { memory, _ in
      nonisolated(unsafe) let parameters = unsafe memory.parameters
      let tileCount = TileGrid.tileCount(of: Scalar.self)
      threadSplit.run(
        count: (slice.count + tileCount - 1) / tileCount,
        byteCount: slice.count * MemoryLayout<Scalar>.stride
      ) { tiles in
        let start = tiles.lowerBound * tileCount
        let end = min(tiles.upperBound * tileCount, slice.count)
        unsafe average.run(
          from: start, count: end - start, parameters + start)
      }
    }
  }
}
