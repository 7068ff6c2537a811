//===--- ParameterGroup.swift - tensors that share hyperparameters --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Tensors that share hyperparameters.
public struct ParameterGroup: Sendable, Hashable, Codable {
  /// A name that no other group of the optimizer has, or
  /// ``AdEMAMixError/Code/invalidLayout`` is thrown.
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
  /// The largest magnitude that an element of the direction has,
  /// (m1/(1-β1ᵗ) + α·m2)/(√(ν/(1-β2ᵗ) + ε̄) + ε). `nil`, the default, is no
  /// limit.
  ///
  ///     group.directionLimit = 8
  ///
  /// A direction beyond the limit becomes the limit of its sign, and a NaN
  /// stays. Learning rate, weight decay, the cautious mask and the clipping of
  /// updates come after it. The moments do not depend on it. A limit must be
  /// above 0; infinity limits nothing. Without outliers directions stay within
  /// about 1 + α: see <doc:IdleParameters>.
  public var directionLimit: Double?
  /// Whether elements whose gradient is 0 are left alone, as in the rows of an
  /// embedding that no batch has met: neither their parameter, which does not
  /// decay, nor their moments change. `false` unless set.
  ///
  ///     embedding.skipsZeroGradients = true
  ///
  /// The gradient counts as the moments would take it in: scaled, accumulated,
  /// with elements set to 0 where ``NonFinitePolicy/zeroElements`` does that.
  /// The counts of steps go on, as in TensorFlow's LazyAdam and PyTorch's
  /// SparseAdam. A block of moments that are stored in fewer bits is rounded
  /// again unless all of its elements are left alone. See
  /// <doc:IdleParameters>.
  public var skipsZeroGradients = false

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

extension ParameterGroup {
  /// Decodes a group. Settings that earlier versions of the library did not
  /// have may be missing.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try fields.decode(String.self, forKey: .name)
    tensors = try fields.decode([TensorSpec].self, forKey: .tensors)
    hyperparameters = try fields.decode(
      Hyperparameters.self, forKey: .hyperparameters)
    learningRateFactor = try fields.decode(
      Double.self, forKey: .learningRateFactor)
    isFrozen = try fields.decode(Bool.self, forKey: .isFrozen)
    storage = try fields.decode(MomentStorage.self, forKey: .storage)
    directionLimit = try fields.decodeIfPresent(
      Double.self, forKey: .directionLimit)
    skipsZeroGradients =
      try fields.decodeIfPresent(Bool.self, forKey: .skipsZeroGradients)
      ?? false
  }

  /// Whether the step of the group is more than the equations.
  var isRestrained: Bool {
    skipsZeroGradients || directionLimit.map { $0 < .infinity } ?? false
  }
}
