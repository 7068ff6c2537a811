//===--- AdEMAMix+Moments.swift - reads and sets the state ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// The bytes that the moments take: 12 a `Float` parameter, 8 where beta1 is
  /// 0, twice that for `Double`, less where ``ParameterGroup/storage`` says so,
  /// and up to 32 KiB a group for their alignment. Accumulated gradients add 4,
  /// and 8 where more than 16 of `Float` make a step.
  public var stateByteCount: Int { states.reduce(0) { $0 + $1.byteCount } }

  /// Copies of the moments of each group, in the order of the groups.
  ///
  /// - Complexity: O(count of the shard), in time and memory.
  public func copyMoments() -> [GroupMoments<Scalar>] {
    states.indices.map {
      states[$0].moments(grid.slices(ofGroup: $0), tensorHistories)
    }
  }

  /// Sets the state: to go on from one that ``copyMoments()`` gave, or to start
  /// with averages other than 0.
  ///
  /// Going on this way is exact but for rounding, since the optimizer stores
  /// moments and their scales apart. Gradients that have accumulated are
  /// dropped.
  ///
  /// - Parameters:
  ///   - stepCount: The number of steps completed, which schedules go by.
  ///   - moments: The moments of each group, in the order of the groups.
  /// - Throws: ``AdEMAMixError`` for a step count outside `0 ... 2^53`, a
  ///   moment that has taken part in more steps, wrong counts, or a second
  ///   moment that is negative. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  public mutating func restore(
    stepCount: Int, moments: [GroupMoments<Scalar>]
  ) throws(AdEMAMixError) {
    try checkStepCount(stepCount, group: nil)
    guard moments.count == states.count else {
      throw .momentGroupCount(moments.count, expected: states.count)
    }
    for (index, group) in layout.groups.enumerated() {
      try states[index].check(
        moments[index], stepCount: stepCount,
        tensorCount: grid.slices(ofGroup: index).count, group: group.name)
    }
    tensorHistories = TensorHistories()
    for index in states.indices {
      let slices = grid.slices(ofGroup: index)
      states[index].restore(moments[index], slices.map(\.moments))
      for (slice, counts) in zip(slices, moments[index].tensorStepCounts)
      where counts != moments[index].stepCounts {
        tensorHistories.split(
          slice.tensor,
          from: MomentHistory(stepCounts: counts, scales: MomentScales()))
      }
    }
    counts.steps = stepCount
    counts.accumulatedGradients = 0
    unaccumulatedTensors = []
    accumulatedWeight = 0
  }

  /// An optimizer with the same settings and state, in other memory.
  ///
  /// - Throws: ``AdEMAMixError/Code/outOfMemory``.
  /// - Complexity: O(count of the shard).
  public func copy() throws(AdEMAMixError) -> AdEMAMix {
    var copies: [GroupState<Scalar>] = []
    for state in states { copies.append(try state.copy(threadSplit)) }
    return AdEMAMix(
      copying: self, states: copies, average: try average?.copy())
  }
}
