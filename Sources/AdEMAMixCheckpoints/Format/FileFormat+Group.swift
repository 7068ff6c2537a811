//===--- FileFormat+Group.swift - a parameter group in the JSON of a file -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

extension FileFormat {
  /// The settings and tensors of a group.
  struct Group: Codable {
    var name: String
    var tensors: [Tensor]
    var hyperparameters: Hyperparameters
    var learningRateFactor: Double
    var isFrozen: Bool
    /// The formats of the moments; `nil` stands for the full storage.
    var storage: Storage?
    /// `nil` for no limit.
    var directionLimit: Double?
    /// `nil` stands for `false`.
    var skipsZeroGradients: Bool?
  }

  struct Tensor: Codable {
    var name: String
    var shape: [Int]
  }

  struct Hyperparameters: Codable {
    var learningRate, beta3, alpha, weightDecay: HyperparameterSchedule
    var beta1, beta2, epsilon, epsilonRoot: Double
    var form: Word<UpdateForm>
  }

  struct Storage: Codable {
    var fast, slow, second: Word<MomentFormat>
    var seed: UInt32
  }
}

extension FileFormat.Group {
  init(_ group: ParameterGroup) {
    let own = group.hyperparameters
    name = group.name
    tensors = group.tensors.map { .init(name: $0.name, shape: $0.shape) }
    hyperparameters = FileFormat.Hyperparameters(
      learningRate: .init(own.learningRate), beta3: .init(own.beta3),
      alpha: .init(own.alpha), weightDecay: .init(own.weightDecay),
      beta1: own.beta1, beta2: own.beta2, epsilon: own.epsilon,
      epsilonRoot: own.epsilonRoot, form: .init(own.form))
    learningRateFactor = group.learningRateFactor
    isFrozen = group.isFrozen
    if group.storage != .full {
      storage = FileFormat.Storage(
        fast: .init(group.storage.fast), slow: .init(group.storage.slow),
        second: .init(group.storage.second), seed: group.storage.seed)
    }
    directionLimit = group.directionLimit
    skipsZeroGradients = group.skipsZeroGradients ? true : nil
  }
}

extension ParameterGroup {
  init(_ stored: FileFormat.Group) {
    self.init(
      stored.name,
      tensors: stored.tensors.map { TensorSpec($0.name, shape: $0.shape) },
      Hyperparameters(stored.hyperparameters), isFrozen: stored.isFrozen,
      storage: stored.storage.map { MomentStorage($0) } ?? .full)
    learningRateFactor = stored.learningRateFactor
    directionLimit = stored.directionLimit
    skipsZeroGradients = stored.skipsZeroGradients ?? false
  }
}

extension Hyperparameters {
  fileprivate init(_ stored: FileFormat.Hyperparameters) {
    self.init(
      learningRate: HyperparameterSchedule(stored.learningRate),
      beta1: stored.beta1,
      beta2: stored.beta2, beta3: HyperparameterSchedule(stored.beta3),
      alpha: HyperparameterSchedule(stored.alpha), epsilon: stored.epsilon,
      epsilonRoot: stored.epsilonRoot,
      weightDecay: HyperparameterSchedule(stored.weightDecay))
    form = stored.form.choice
  }
}

extension MomentStorage {
  fileprivate init(_ stored: FileFormat.Storage) {
    self.init(
      fast: stored.fast.choice, slow: stored.slow.choice,
      second: stored.second.choice, seed: stored.seed)
  }
}
