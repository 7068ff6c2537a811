//===--- ParameterLayout.swift - where each tensor lies -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The flat index space of a model: its tensors one behind the other, and the
/// group that each belongs to.
public struct ParameterLayout: Sendable, Hashable {
  /// A tensor's place.
  public struct Tensor: Sendable, Hashable {
    /// The tensor's name.
    public let name: String
    /// The tensor's elements in the flat index space.
    public let range: Range<Int>
    /// The index of the tensor's group.
    public let group: Int
    /// The sizes of the dimensions.
    public let shape: [Int]
  }

  /// The most elements of a layout: 2^48, whose state takes 2^53 bytes and
  /// more.
  ///
  /// All that is computed from the count of a layout, or of a part of it, stays
  /// far within an `Int`: bytes, tiles, and counts rounded up to blocks.
  public static let largestCount = 1 << 48

  /// The groups, with their tensors.
  public let groups: [ParameterGroup]

  /// All tensors, in the order of the flat index space.
  public let tensors: [Tensor]

  /// The number of elements in the flat index space.
  public let count: Int

  /// Groups one behind the other.
  ///
  /// - Throws: ``AdEMAMixError`` for a name that occurs twice, a negative
  ///   count, or more elements than ``largestCount``.
  /// - Complexity: O(number of groups + number of tensors).
  public init(_ groups: [ParameterGroup]) throws(AdEMAMixError) {
    try self.init(
      groups: groups,
      order: groups.indices.flatMap { group in
        groups[group].tensors.map { (tensor: $0, group: group) }
      })
  }

  /// Tensors in the order of the model, each put into the group that
  /// `groupedBy` returns for it:
  ///
  ///     let decayed = ParameterGroup("decayed", hyperparameters)
  ///     let plain = ParameterGroup(
  ///       "plain", hyperparameters.with(\.weightDecay, 0))
  ///     let layout = try ParameterLayout(tensors) {
  ///       $0.name.hasSuffix(".bias") ? plain : decayed
  ///     }
  ///
  /// The tensors of a group need not be neighbours: the flat index space keeps
  /// the order of `tensors`. Groups are numbered in the order of their first
  /// tensor.
  ///
  /// - Throws: ``AdEMAMixError`` as ``init(_:)`` does, and where the closure
  ///   returns two different groups of one name, or one that already has
  ///   tensors.
  /// - Complexity: O(number of tensors).
  public init(
    _ tensors: [TensorSpec], groupedBy group: (TensorSpec) -> ParameterGroup
  ) throws(AdEMAMixError) {
    var labels: [ParameterGroup] = []
    var indices: [NameKey: Int] = [:]
    var order: [(tensor: TensorSpec, group: Int)] = []
    for tensor in tensors {
      let label = group(tensor)
      guard label.tensors.isEmpty else { throw .groupNotEmpty(label.name) }
      let key = NameKey(label.name)
      let index = indices[key] ?? labels.count
      if index == labels.count {
        indices[key] = index
        labels.append(label)
      }
      // A label that holds NaN equals nothing, itself included: the optimizer
      // will name the NaN.
      guard labels[index] == label || label != label else {
        throw .duplicateGroup(label.name)
      }
      order.append((tensor, index))
    }
    for (tensor, group) in order { labels[group].tensors.append(tensor) }
    try self.init(groups: labels, order: order)
  }

  /// Groups whose tensors lie in an order of their own, as a layout had them.
  package init(
    _ groups: [ParameterGroup], order names: [String]
  ) throws(AdEMAMixError) {
    // Nearly always the order is that of the groups.
    let own = groups.lazy.flatMap { $0.tensors.lazy.map(\.name) }
    if names.haveSameBytes(as: own) {
      try self.init(groups)
      return
    }
    var places: [NameKey: (tensor: TensorSpec, group: Int)] = [:]
    for (index, group) in groups.enumerated() {
      for tensor in group.tensors {
        places[NameKey(tensor.name)] = (tensor, index)
      }
    }
    var order: [(tensor: TensorSpec, group: Int)] = []
    for name in names {
      guard let place = places[NameKey(name)] else { throw .tensorOrder(names) }
      order.append(place)
    }
    guard order.count == groups.reduce(0, { $0 + $1.tensors.count }) else {
      throw .tensorOrder(names)
    }
    try self.init(groups: groups, order: order)
  }

  /// The same tensors, with groups that differ in all but names and tensors.
  package init(_ layout: ParameterLayout, groups: [ParameterGroup]) {
    self.groups = groups
    tensors = layout.tensors
    count = layout.count
  }

  private init(
    groups: [ParameterGroup], order: [(tensor: TensorSpec, group: Int)]
  ) throws(AdEMAMixError) {
    var names: Set<NameKey> = []
    for group in groups where !names.insert(NameKey(group.name)).inserted {
      throw .duplicateGroup(group.name)
    }
    names.removeAll()
    var placed: [Tensor] = []
    var count = 0
    for (tensor, group) in order {
      guard names.insert(NameKey(tensor.name)).inserted else {
        throw .duplicateTensor(tensor.name)
      }
      if let size = tensor.shape.first(where: { $0 < 0 }) {
        throw .negativeTensorSize(size, tensor: tensor.name)
      }
      // Both are at most 2^48: the sum is no overflow.
      guard let elements = tensor.boundedCount,
        count + elements <= Self.largestCount
      else { throw .tooManyElements(tensor: tensor.name) }
      let end = count + elements
      placed.append(
        Tensor(
          name: tensor.name, range: count..<end, group: group,
          shape: tensor.shape))
      count = end
    }
    self.groups = groups
    self.tensors = placed
    self.count = count
  }
}
