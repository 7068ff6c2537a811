//===--- HyperparameterName.swift - the name of a hyperparameter ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The name of a hyperparameter, in errors.
package enum HyperparameterName:
  String, Sendable, Hashable, Codable, CaseIterable
{
  /// ``Hyperparameters/learningRate``
  case learningRate
  /// ``Hyperparameters/beta1``
  case beta1
  /// ``Hyperparameters/beta2``
  case beta2
  /// ``Hyperparameters/beta3``
  case beta3
  /// ``Hyperparameters/alpha``
  case alpha
  /// ``Hyperparameters/epsilon``
  case epsilon
  /// ``Hyperparameters/epsilonRoot``
  case epsilonRoot
  /// ``Hyperparameters/weightDecay``
  case weightDecay
  /// ``ParameterGroup/learningRateFactor``
  case learningRateFactor
}

extension HyperparameterName {
  /// The range, as the end of a sentence that starts "it must".
  package var rule: String {
    isDecayRate ? "lie in 0 ..< 1" : "be finite and at least 0"
  }

  /// A decay rate of 1 would never take anything in: the bias correction
  /// divides by 1 - 1.
  private var isDecayRate: Bool {
    switch self {
    case .beta1, .beta2, .beta3: true
    case .learningRate, .alpha, .epsilon, .epsilonRoot, .weightDecay,
      .learningRateFactor:
      false
    }
  }

  package func accepts(_ value: Double) -> Bool {
    isDecayRate ? (0..<1).contains(value) : value.isFinite && value >= 0
  }
}
