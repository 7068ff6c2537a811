//===--- DistributedAdEMAMix+Changes.swift - changes between two steps ----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// Changes a group between two steps, as ``AdEMAMix/updateGroup(_:_:)`` does:
  /// alike on all ranks, which compare what comes of it.
  ///
  /// - Parameters:
  ///   - name: The name of the group.
  ///   - edit: Changes the group; its name and tensors must stay.
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed, but
  ///   where memory was too little on one rank: the others have changed.
  public mutating func updateGroup(
    _ name: String, _ edit: (inout ParameterGroup) -> Void
  ) throws(DistributedError) {
    let groups = edited(
      layout.groups.filter { $0.name.hasSameBytes(as: name) }, edit)
    try change(.updateGroups(groups.arguments)) {
      optimizer throws(AdEMAMixError) in
      // Where there is no such group, it is not asked for.
      try optimizer.updateGroup(name) { $0 = groups.edited[0] }
    }
  }

  /// Changes all groups, or none where one of them is refused, like
  /// ``updateGroup(_:_:)``.
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
  /// ``AdEMAMix/dampSlowMoment(by:inGroup:)`` does. All ranks must, by the same.
  ///
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed.
  public mutating func dampSlowMoment(
    by factor: Double, inGroup group: String? = nil
  ) throws(DistributedError) {
    try change(.dampSlowMoment(factor: factor, group: group)) {
      optimizer throws(AdEMAMixError) in
      try optimizer.dampSlowMoment(by: factor, inGroup: group)
    }
  }

  /// Sets the slow moment to 0, as ``AdEMAMix/resetSlowMoment(inGroup:)`` does.
  /// All ranks must.
  ///
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed.
  public mutating func resetSlowMoment(
    inGroup group: String? = nil
  ) throws(DistributedError) {
    try change(.resetSlowMoment(group: group)) {
      optimizer throws(AdEMAMixError) in
      try optimizer.resetSlowMoment(inGroup: group)
    }
  }

  /// Drops the gradients that have accumulated, as
  /// ``AdEMAMix/discardAccumulatedGradients()`` does. All ranks must.
  ///
  /// - Throws: ``DistributedError``, on all ranks. Then nothing has changed.
  public mutating func discardAccumulatedGradients() throws(DistributedError) {
    try change(.discardAccumulatedGradients) {
      optimizer throws(AdEMAMixError) in
      optimizer.discardAccumulatedGradients()
    }
  }

  /// Makes a change on all ranks, once they have agreed on what it is: it is then
  /// refused by all, or by none.
  private mutating func change(
    _ call: CollectiveCall,
    _ body: (inout AdEMAMix<Scalar>) throws(AdEMAMixError) -> Void
  ) throws(DistributedError) {
    try checkIsUsable()
    try agree(on: .success(()), in: call)
    let frozen = optimizer.layout.groups.map(\.isFrozen)
    let changed = prepared(body)
    digest = nil
    if optimizer.layout.groups.map(\.isFrozen) != frozen {
      (shards, exchange) = Self.exchange(
        optimizer.layout, placement, between: communicator.ranks,
        pieceCount: pieceCount, displacementLimit: displacementLimit,
        optimizer.threadSplit)
    }
    try agree(on: changed, in: call)
  }

  /// Edits copies of groups.
  ///
  /// - Returns: Them, and what ranks have to compare of them.
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
