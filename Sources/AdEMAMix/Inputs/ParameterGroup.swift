//===--- ParameterGroup.swift - tensors that share hyperparameters --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A parameter tensor: its name and how many elements it has.
public struct NamedTensor: Sendable, Hashable, Codable {
  /// A name that no other tensor of the model has, or
  /// ``AdEMAMixError/duplicateTensor(_:)`` is thrown.
  public var name: String
  /// The number of elements, at least 0.
  public var count: Int

  /// A tensor of `count` elements.
  public init(_ name: String, count: Int) {
    self.name = name
    self.count = count
  }
}

/// Tensors that share hyperparameters.
public struct ParameterGroup: Sendable, Hashable, Codable {
  /// A name that no other group of the optimizer has, or
  /// ``AdEMAMixError/duplicateGroup(_:)`` is thrown.
  public var name: String
  /// The tensors, in the order of their elements in the flat index space.
  public var tensors: [NamedTensor]
  /// What the tensors are trained with.
  public var hyperparameters: Hyperparameters
  /// What the learning rate is multiplied by in this group, for instance
  /// smaller in lower layers. Finite and at least 0; 1 unless set.
  public var learningRateFactor = 1.0
  /// Whether the group is left as it is: its parameters and gradients are
  /// neither read nor written. It has no moments until it is unfrozen; one that
  /// had moments when it was frozen keeps them. Its hyperparameters must be valid
  /// all the same.
  public var isFrozen: Bool

  /// A group of named tensors.
  ///
  /// Without tensors it is empty, or a label for
  /// ``ParameterLayout/init(_:groupedBy:)``.
  public init(
    _ name: String, tensors: [NamedTensor] = [],
    _ hyperparameters: Hyperparameters, isFrozen: Bool = false
  ) {
    self.name = name
    self.tensors = tensors
    self.hyperparameters = hyperparameters
    self.isFrozen = isFrozen
  }

  /// A group of tensors with the given element counts, named after the group:
  /// "name.0", "name.1" and so on.
  public init(
    _ name: String, sizes: [Int],
    _ hyperparameters: Hyperparameters, isFrozen: Bool = false
  ) {
    self.init(
      name,
      tensors: sizes.enumerated().map {
        NamedTensor("\(name).\($0)", count: $1)
      },
      hyperparameters, isFrozen: isFrozen)
  }
}
