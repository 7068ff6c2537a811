//===--- AdEMAMix+Groups.swift - changes groups between two steps ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Changes a group between two steps: its hyperparameters, its learning rate
  /// factor, its limit of the direction, whether it skips gradients of 0 or is
  /// frozen.
  ///
  ///     try optimizer.updateGroup("head") {
  ///       $0.hyperparameters.learningRate = 1e-4
  ///     }
  ///     try optimizer.updateGroup("body") { $0.isFrozen = false }
  ///
  /// New values count from the next step on; moments stay what they are. A
  /// group that is frozen keeps its moments. Moments whose storage changes are
  /// converted, and rounded to the nearest. One that is unfrozen for the first
  /// time, and the fast moment of one whose beta1 was 0, start at 0 with a
  /// clock of their own.
  ///
  /// - Parameters:
  ///   - name: The name of the group.
  ///   - edit: Changes the group; its name and tensors must stay.
  /// - Throws: ``AdEMAMixError`` for an unknown or changed name, changed
  ///   tensors, hyperparameters out of range, a storage of moments that the
  ///   engine or the scalar type does not allow, or too little memory. Then
  ///   nothing has changed.
  /// - Complexity: O(number of groups), and O(number of tensors) where a group
  ///   is frozen or unfrozen, and O(count of the group in the shard + number of
  ///   tensors) where it gains or loses a moment or changes how moments are
  ///   stored.
  public mutating func updateGroup(
    _ name: String, _ edit: (inout ParameterGroup) -> Void
  ) throws(AdEMAMixError) {
    try update(groups: [index(ofGroup: name)], edit)
  }

  /// Changes all groups, or none where one of them is refused:
  ///
  ///     try optimizer.updateGroups {
  ///       $0.learningRateFactor = pow(0.9, depth[$0.name]!)
  ///     }
  ///
  /// - Parameter edit: Changes a group; its name and tensors must stay.
  /// - Throws: ``AdEMAMixError`` as ``updateGroup(_:_:)`` does. Then no group
  ///   has changed.
  /// - Complexity: The sum of that of ``updateGroup(_:_:)`` over the groups.
  public mutating func updateGroups(
    _ edit: (inout ParameterGroup) -> Void
  ) throws(AdEMAMixError) {
    try update(groups: layout.groups.indices, edit)
  }

  /// The hyperparameters of a group at one step, as numbers: for logs, and to
  /// see a schedule before it runs.
  ///
  ///     let values = try optimizer.hyperparameters(ofGroup: "body")
  ///     print(values.learningRate, values.alpha, values.beta3)
  ///
  /// - Parameters:
  ///   - name: The name of the group.
  ///   - stepCount: The steps completed before that step, in `0 ... 2^53`.
  ///     `nil` is the next step. A slow moment that was reset has a count of
  ///     its own, which goes on from today's. Tensors that were left alone in
  ///     some steps have counts of their own, which are not looked at here.
  /// - Returns: The values that the step takes.
  /// - Throws: ``AdEMAMixError`` for an unknown group, and for a count or a
  ///   value out of range.
  public func hyperparameters(
    ofGroup name: String, at stepCount: Int? = nil
  ) throws(AdEMAMixError) -> StepHyperparameters {
    let index = try index(ofGroup: name)
    let steps = stepCount ?? self.stepCount
    try checkStepCount(steps, group: nil)
    let slowSteps =
      states[index].history.stepCounts.slow + steps - self.stepCount
    return try StepHyperparameters(
      layout.groups[index], at: clock.count(after: steps),
      slowCount: clock.count(after: max(0, slowSteps)))
  }

  /// The index of a group.
  func index(
    ofGroup name: String
  ) throws(AdEMAMixError) -> Int {
    let index = layout.groups.firstIndex { $0.name.hasSameBytes(as: name) }
    guard let index else { throw .unknownGroup(name) }
    return index
  }

  /// The index of a tensor.
  ///
  /// - Parameters:
  ///   - name: The name of the tensor.
  ///   - start: The index to search from: names in the order of the layout take
  ///     one walk over it.
  /// - Returns: The index.
  /// - Throws: ``AdEMAMixError`` for an unknown name.
  /// - Complexity: O(number of tensors from `start` to the tensor), or O(number
  ///   of tensors) if it lies before `start`.
  func index(
    ofTensor name: String, from start: Int = 0
  ) throws(AdEMAMixError) -> Int {
    let tensors = layout.tensors
    func isNamed(_ tensor: ParameterLayout.Tensor) -> Bool {
      tensor.name.hasSameBytes(as: name)
    }
    let index =
      tensors[start...].firstIndex(where: isNamed)
      ?? tensors[..<start].firstIndex(where: isNamed)
    guard let index else { throw .unknownTensor(name) }
    return index
  }

  private mutating func update(
    groups indices: some Sequence<Int>, _ edit: (inout ParameterGroup) -> Void
  ) throws(AdEMAMixError) {
    var groups = layout.groups
    var states = states
    var tensorHistories = tensorHistories
    for index in indices {
      let old = groups[index]
      let hadFast = states[index].buffers?.hasFast
      edit(&groups[index])
      let group = groups[index]
      guard group.name.hasSameBytes(as: old.name), group.tensors == old.tensors
      else {
        throw .groupIdentityChanged(old.name)
      }
      try group.hyperparameters.validateSchedules(group: group.name)
      try Self.checkStorage([group], namedEngine)
      states[index] = try states[index].adapted(
        to: group, grid.momentSizes[index], weights,
        grid.momentSlices(ofGroup: index))
      if let hadFast, states[index].buffers?.hasFast != hadFast {
        tensorHistories.update { tensor, history in
          if layout.tensors[tensor].group == index { history.beginFast() }
        }
      }
      _ = try coefficients(of: group, states[index].history, for: .step)
      // No later step may refuse what this one takes, but for schedules.
      try Self.checkConstants(of: group, clock)
    }
    let hasNewGrid = zip(groups, layout.groups).contains {
      $0.isFrozen != $1.isFrozen
    }
    layout = ParameterLayout(layout, groups: groups)
    self.states = states
    self.tensorHistories = tensorHistories
    if hasNewGrid {
      grid = TileGrid(
        layout, shard: shard, tileLength: TileGrid.tileLength(of: Scalar.self))
      workspace.fit(grid, threadSplit)
    }
  }

  /// Changes the histories of a group's tensors that were left alone.
  mutating func updateHistories(
    ofGroup index: Int, _ body: (inout MomentHistory) -> Void
  ) {
    let tensors = layout.tensors
    tensorHistories.update { tensor, history in
      if tensors[tensor].group == index { body(&history) }
    }
  }

  /// The coefficients of a group's next step, and the scales after it.
  @inline(__always)
  func coefficients(
    of group: borrowing ParameterGroup, _ history: MomentHistory,
    for purpose: StepPurpose
  ) throws(AdEMAMixError) -> (StepCoefficients, MomentScales) {
    var scales = history.scales
    let coefficients = try StepCoefficients(
      group, clock, after: stepCount, history.stepCounts, scales: &scales,
      folding: namedEngine == .reference, for: purpose, in: Scalar.self)
    return (coefficients, scales)
  }
}
