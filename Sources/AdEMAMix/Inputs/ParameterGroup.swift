//===--- ParameterGroup.swift - tensors that share hyperparameters --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A parameter tensor: its name and shape.
public struct NamedTensor: Sendable, Hashable, Codable {
  /// A name that no other tensor of the model has, or
  /// ``AdEMAMixError/duplicateTensor(_:)`` is thrown.
  public var name: String
  /// The sizes of the dimensions, at least 0. Checkpoints keep it; to a step
  /// only the number of elements matters.
  public var shape: [Int]

  /// The number of elements, as far as an `Int` counts.
  public var count: Int { exactCount ?? .max }

  /// The number of elements, or `nil` where it is more than an `Int` counts.
  var exactCount: Int? {
    var count = 1
    for size in shape {
      let (product, isOverflow) = count.multipliedReportingOverflow(by: size)
      if isOverflow { return nil }
      count = product
    }
    return count
  }

  /// A tensor of some shape.
  public init(_ name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
  }

  /// A tensor of one dimension.
  public init(_ name: String, count: Int) {
    self.init(name, shape: [count])
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
  /// How the moments are stored.
  public var storage: MomentStorage

  /// A group of named tensors.
  ///
  /// Without tensors it is empty, or a label for
  /// ``ParameterLayout/init(_:groupedBy:)``.
  public init(
    _ name: String, tensors: [NamedTensor] = [],
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
        NamedTensor("\(name).\($0)", count: $1)
      },
      hyperparameters, isFrozen: isFrozen, storage: storage)
  }
}

extension ParameterGroup {
  private enum CodingKeys: String, CodingKey {
    case name, tensors, hyperparameters, learningRateFactor, isFrozen, storage
  }

  /// A group without a storage has the full one.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    name = try values.decode(String.self, forKey: .name)
    tensors = try values.decode([NamedTensor].self, forKey: .tensors)
    hyperparameters = try values.decode(
      Hyperparameters.self, forKey: .hyperparameters)
    learningRateFactor = try values.decode(
      Double.self, forKey: .learningRateFactor)
    isFrozen = try values.decode(Bool.self, forKey: .isFrozen)
    storage =
      try values.decodeIfPresent(MomentStorage.self, forKey: .storage) ?? .full
  }

  /// The full storage is not encoded.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(tensors, forKey: .tensors)
    try values.encode(hyperparameters, forKey: .hyperparameters)
    try values.encode(learningRateFactor, forKey: .learningRateFactor)
    try values.encode(isFrozen, forKey: .isFrozen)
    if storage != .full { try values.encode(storage, forKey: .storage) }
  }
}
