//===--- AdEMAMix+Moments.swift - reads and sets the state ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// The bytes that the moments take: 12 a `Float` parameter, 8 where beta1 is
  /// 0, twice that for `Double`, less where ``ParameterGroup/storage`` says so,
  /// and up to 32 KiB a group for their alignment. Accumulated gradients add 4,
  /// and 8 where more than 16 of `Float` make a step, and the corrections of
  /// ``weights`` that are split 1 or 2.
  public var stateByteCount: Int { states.reduce(0) { $0 + $1.byteCount } }

  /// The bytes that ``stateByteCount`` will be for a new optimizer, without the
  /// memory for one: to see whether a model fits.
  ///
  ///     let bytes = try AdEMAMix<Float>.stateByteCount(of: layout)
  ///
  /// - Parameters:
  ///   - layout: The tensors and their groups.
  ///   - shard: The part of the flat index space. `nil` is the whole.
  ///   - weights: The form of the weights.
  /// - Returns: The bytes of moments and corrections.
  /// - Throws: ``AdEMAMixError`` for a shard outside the layout, and a storage
  ///   or form that the scalar type does not allow.
  /// - Complexity: O(number of tensors).
  public static func stateByteCount(
    of layout: ParameterLayout, shard: Range<Int>? = nil,
    weights: WeightFormat = .scalar
  ) throws(AdEMAMixError) -> Int {
    let shard = shard ?? 0..<layout.count
    guard shard.lowerBound >= 0, shard.upperBound <= layout.count else {
      throw .shardOutOfRange(shard, count: layout.count)
    }
    try checkStorage(layout.groups, nil)
    try weights.check(nil, in: Scalar.self)
    let sizes = TileGrid(
      layout, shard: shard, tileLength: TileGrid.tileLength(of: Scalar.self)
    ).momentSizes
    var total = 0
    for (group, size) in zip(layout.groups, sizes) {
      // At most 32 bytes for each of ``ParameterLayout/largestCount`` elements.
      total += try GroupState<Scalar>.byteCount(group, size, weights)
    }
    return total
  }

  /// Copies of the moments of each group, in the order of the groups.
  ///
  /// - Complexity: O(count of the shard + number of groups), in time and in
  ///   memory.
  public func copyMoments() -> [GroupMoments<Scalar>] {
    zip(states, grid.slicesByGroup).map { state, slices in
      state.moments(slices, tensorHistories)
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
    let slicesByGroup = grid.slicesByGroup
    for (index, group) in layout.groups.enumerated() {
      try states[index].check(
        moments[index], stepCount: stepCount,
        tensorCount: slicesByGroup[index].count, group: group.name)
    }
    tensorHistories = TensorHistories()
    for index in states.indices {
      let slices = slicesByGroup[index]
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
