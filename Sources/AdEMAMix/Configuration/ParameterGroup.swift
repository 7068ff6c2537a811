//===--- ParameterGroup.swift - tensors that share hyperparameters --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Tensors that share hyperparameters.
public struct ParameterGroup: Sendable, Hashable, Codable {
  /// A name that no other group of the optimizer has, or
  /// ``AdEMAMixError/duplicateGroup(_:)`` is thrown.
  public var name: String
  /// The tensors, in the order of their elements in the flat index space.
  public var tensors: [TensorSpec]
  /// The hyperparameters of all tensors of the group.
  public var hyperparameters: Hyperparameters
  /// The factor of the learning rate in this group, for instance a smaller one
  /// in lower layers. Finite and at least 0; 1 unless set.
  public var learningRateFactor = 1.0
  /// Whether the group is left as it is: its parameters and gradients are
  /// neither read nor written. It has no moments until it is unfrozen; one that
  /// had moments when it was frozen keeps them. Its hyperparameters must be
  /// valid all the same.
  public var isFrozen: Bool
  /// How the moments are stored.
  public var storage: MomentStorage

  /// A group of named tensors.
  ///
  /// Without tensors it is empty, or a label for
  /// ``ParameterLayout/init(_:groupedBy:)``.
  public init(
    _ name: String, tensors: [TensorSpec] = [],
    _ hyperparameters: Hyperparameters, isFrozen: Bool = false,
    storage: MomentStorage = .full
  ) {
    self.name = name
    self.tensors = tensors
    self.hyperparameters = hyperparameters
    self.isFrozen = isFrozen
    self.storage = storage
  }

  /// A group of tensors with the given element counts, named after the group:
  /// "name.0", "name.1" and so on.
  public init(
    _ name: String, sizes: [Int],
    _ hyperparameters: Hyperparameters, isFrozen: Bool = false,
    storage: MomentStorage = .full
  ) {
    self.init(
      name,
      tensors: sizes.enumerated().map {
        TensorSpec("\(name).\($0)", count: $1)
      },
      hyperparameters, isFrozen: isFrozen, storage: storage)
  }
}
