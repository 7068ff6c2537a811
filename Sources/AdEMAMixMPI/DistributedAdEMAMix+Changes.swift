//===--- DistributedAdEMAMix+Changes.swift - changes between two steps ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// Changes a group between two steps, as
  /// ``/AdEMAMix/AdEMAMix/updateGroup(_:_:)`` does.
  ///
  /// All ranks must make the same change, and compare the edited groups.
  ///
  /// - Parameters:
  ///   - name: The name of the group.
  ///   - edit: Changes the group, except for its name and tensors.
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed,
  ///   unless memory was too little on one rank: other ranks have changed then.
  /// - Complexity: O(number of groups), and O(number of tensors · number of
  ///   ranks) if a group is frozen or unfrozen, and O(count of the group in the
  ///   shard) if a group gains or loses a moment or stores it in another way.
  public mutating func updateGroup(
    _ name: String, _ edit: (inout ParameterGroup) -> Void
  ) throws(DistributedError) {
    let groups = edited(
      layout.groups.filter { $0.name.hasSameBytes(as: name) }, edit)
    try change(.updateGroups(groups.arguments)) {
      optimizer throws(AdEMAMixError) in
      // The closure is not called if there is no such group.
      try optimizer.updateGroup(name) { $0 = groups.edited[0] }
    }
  }

  /// Changes all groups between two steps, or none if one of them is refused,
  /// as ``/AdEMAMix/AdEMAMix/updateGroups(_:)`` does.
  ///
  /// All ranks must make the same change, and compare the edited groups.
  ///
  /// - Parameter edit: Changes a group, except for its name and tensors.
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed,
  ///   unless memory was too little on one rank: other ranks have changed then.
  /// - Complexity: O(number of groups), and O(number of tensors · number of
  ///   ranks) if a group is frozen or unfrozen, and O(count of the group in the
  ///   shard) if a group gains or loses a moment or stores it in another way.
  public mutating func updateGroups(
    _ edit: (inout ParameterGroup) -> Void
  ) throws(DistributedError) {
    let groups = edited(layout.groups, edit)
    try change(.updateGroups(groups.arguments)) {
      optimizer throws(AdEMAMixError) in
      var rest = groups.edited[...]
      try optimizer.updateGroups { $0 = rest.removeFirst() }
    }
  }

  /// Multiplies the slow moment by a factor, as
  /// ``/AdEMAMix/AdEMAMix/dampSlowMoment(by:inGroup:)`` does.
  ///
  /// All ranks must make the same call.
  ///
  /// - Parameters:
  ///   - factor: The share that is left, 0 ... 1.
  ///   - group: The name of a group. `nil` is all groups.
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed.
  /// - Complexity: O(number of groups), or O(count of the shard) with a factor
  ///   of 0.
  public mutating func dampSlowMoment(
    by factor: Double, inGroup group: String? = nil
  ) throws(DistributedError) {
    try change(.dampSlowMoment(factor: factor, group: group)) {
      optimizer throws(AdEMAMixError) in
      try optimizer.dampSlowMoment(by: factor, inGroup: group)
    }
  }

  /// Sets the slow moment to 0, as
  /// ``/AdEMAMix/AdEMAMix/resetSlowMoment(inGroup:)`` does.
  ///
  /// All ranks must make the same call.
  ///
  /// - Parameter group: The name of a group. `nil` is all groups.
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  public mutating func resetSlowMoment(
    inGroup group: String? = nil
  ) throws(DistributedError) {
    try change(.resetSlowMoment(group: group)) {
      optimizer throws(AdEMAMixError) in
      try optimizer.resetSlowMoment(inGroup: group)
    }
  }

  /// Sets moments of some elements of a tensor to 0, as
  /// ``/AdEMAMix/AdEMAMix/resetMoments(_:of:elements:)`` does. Each rank
  /// changes the moments that it keeps.
  ///
  /// All ranks must make the same call.
  ///
  /// - Parameters:
  ///   - moments: The moments to set to 0.
  ///   - tensor: The name of a tensor.
  ///   - elements: Elements of the tensor, row by row. `nil` is all elements.
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed.
  /// - Complexity: O(number of tensors + number of elements).
  public mutating func resetMoments(
    _ moments: MomentSet, of tensor: String, elements: Range<Int>? = nil
  ) throws(DistributedError) {
    try change(
      .resetMoments(
        moments: moments.rawValue, tensor: tensor, elements: elements)
    ) { optimizer throws(AdEMAMixError) in
      try optimizer.resetMoments(moments, of: tensor, elements: elements)
    }
  }

  /// Drops the gradients that have accumulated, as
  /// ``/AdEMAMix/AdEMAMix/discardAccumulatedGradients()`` does.
  ///
  /// All ranks must make the same call.
  ///
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed.
  /// - Complexity: O(number of groups).
  public mutating func discardAccumulatedGradients() throws(DistributedError) {
    try change(.discardAccumulatedGradients) {
      optimizer throws(AdEMAMixError) in
      optimizer.discardAccumulatedGradients()
    }
  }

  /// Makes a change on all ranks, once they have agreed on the call.
  ///
  /// Ranks that are alike, and make the same call, all refuse it or all make
  /// it.
  private mutating func change(
    _ call: CollectiveCall,
    _ body: (inout AdEMAMix<Scalar>) throws(AdEMAMixError) -> Void
  ) throws(DistributedError) {
    try checkIsUsable()
    try agree(on: .success(()), in: call)
    let frozen = state.layout.groups.map(\.isFrozen)
    let changed = prepared(body)
    digest = nil
    if state.layout.groups.map(\.isFrozen) != frozen {
      (shards, exchange) = Self.exchange(
        state.layout, placement, between: communicator.ranks,
        pieceCount: pieceCount, displacementLimit: displacementLimit,
        state.threadSplit)
      bucketExchange = nil
    }
    try agree(on: changed, in: call)
  }

  /// Edits copies of groups.
  ///
  /// - Parameters:
  ///   - groups: The groups.
  ///   - edit: Changes one of the groups.
  /// - Returns: The edited groups, and the arguments that ranks compare: the
  ///   same groups, without tensors that the edit has not changed.
  private func edited(
    _ groups: [ParameterGroup], _ edit: (inout ParameterGroup) -> Void
  ) -> (edited: [ParameterGroup], arguments: [ParameterGroup]) {
    var edited = groups
    var arguments = groups
    for index in groups.indices {
      edit(&edited[index])
      arguments[index] = edited[index]
      if edited[index].tensors == groups[index].tensors {
        arguments[index].tensors = []
      }
    }
    return (edited, arguments)
  }
}

#endif
