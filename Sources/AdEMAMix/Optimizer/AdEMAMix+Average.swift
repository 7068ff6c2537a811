//===--- AdEMAMix+Average.swift - an average that follows the steps -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
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
      count: shard.count, first: shard.lowerBound)
  }

  /// Lets the average take in tensors that no pass of the step has moved:
  /// what is stored of all averages shares a scale, which has changed.
  ///
  /// - Parameters:
  ///   - memory: The memory of the step.
  ///   - isOfModel: Whether it is that of the whole model, and not of the shard
  ///     alone.
  func averageTensorsLeftAlone(
    _ memory: CallerMemory<Scalar>, isOfModel: Bool = false
  ) {
    guard let (update, _) = workspace.average else { return }
    for slice in grid.frozen { average(slice, memory, isOfModel, update) }
    if workspace.roles.isEmpty { return }
    for slice in grid.slices
    where workspace.operands(of: slice, in: grid) == nil {
      average(slice, memory, isOfModel, update)
    }
  }

  /// Lets the average take in the parameters of a slice.
  private func average(
    _ slice: TensorSlice, _ memory: CallerMemory<Scalar>, _ isOfModel: Bool,
    _ update: AverageUpdate<Scalar>
  ) {
    let update = update.from(slice.start)
    let place = isOfModel ? placeInModel(of: slice) : nil
    unsafe memory.lend(slice, at: place) { memory, _ in
      nonisolated(unsafe) let parameters = unsafe memory.parameters
      let split = unsafe memory.weights.map {
        unsafe splitWeights($0, of: slice)
      }
      threadSplit.runTiles(of: slice, Scalar.self) { range in
        if let parameters = unsafe parameters {
          return unsafe update.run(
            from: range.lowerBound, count: range.count,
            parameters + range.lowerBound)
        }
        unsafe withUnsafeTemporaryAllocation(
          of: Scalar.self, capacity: range.count
        ) { tile in
          guard let start = tile.baseAddress else { return }
          unsafe split?.join(range, into: start.cast(to: Float.self))
          unsafe update.run(
            from: range.lowerBound, count: range.count, start)
        }
      }
    }
  }
}

extension ThreadSplit {
  /// Calls `work` for all tiles of a slice, side by side, with the elements of
  /// each.
  func runTiles<Scalar>(
    of slice: TensorSlice, _: Scalar.Type,
    _ work: @Sendable (Range<Int>) -> Void
  ) {
    let tileLength = TileGrid.tileLength(of: Scalar.self)
    run(
      count: (slice.count + tileLength - 1) / tileLength,
      byteCount: slice.count * MemoryLayout<Scalar>.stride
    ) { tiles in
      for tile in tiles {
        let start = tile * tileLength
        work(start..<min(start + tileLength, slice.count))
      }
    }
  }
}

extension ParameterAverage {
  /// The next update by a step on a shard.
  fileprivate func nextUpdate(
    count: Int, first: Int
  ) throws(AdEMAMixError) -> (AverageUpdate<Scalar>, LazyScale) {
    guard !isSwappedIn else { throw .isSwappedIn }
    guard self.count == count else {
      throw .averageCount(self.count, expected: count)
    }
    return try nextUpdate(first: first)
  }

  /// Completes an update that a step on tensors of the given sizes has made.
  mutating func complete(_ scale: LazyScale, sizes: [Int]) {
    // Updates and swaps of the average's own go by the same tiles from now on.
    if self.sizes != sizes { cut(into: sizes) }
    complete(scale)
  }
}
