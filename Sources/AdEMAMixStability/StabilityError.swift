//===--- StabilityError.swift - what has no stability limit ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

/// Why the stability of hyperparameters is not known.
public enum StabilityError: Error, Sendable, Hashable {
  /// A hyperparameter lies outside its range at a count.
  case hyperparameterOutOfRange(
    HyperparameterName, value: Double, scheduleCount: Int)
  /// A product of learning rate and curvature must be finite and at least 0.
  case product(Double)
  /// LAPACK found no eigenvalues of the recurrence at this product: `dgeev`
  /// returned `info`.
  case noEigenvalues(product: Double, info: Int)
}

extension StabilityError: CustomStringConvertible {
  /// What was given and the rule it breaks.
  public var description: String {
    switch self {
    case .hyperparameterOutOfRange(let name, let value, let count):
      "\(name) is \(value) at schedule count \(count): it must \(name.rule)"
    case .product(let product):
      "the product of learning rate and curvature is \(product): it must be "
        + "finite and at least 0"
    case .noEigenvalues(let product, let info):
      "dgeev found no eigenvalues at a product of \(product) (info \(info))"
    }
  }
}
