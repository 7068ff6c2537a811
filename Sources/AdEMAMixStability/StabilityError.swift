//===--- StabilityError.swift - what has no stability limit ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

/// The reason why the stability of hyperparameters cannot be computed.
public enum StabilityError: Error, Sendable, Hashable {
  /// A hyperparameter is out of range at a count.
  case hyperparameterOutOfRange(
    HyperparameterName, value: Double, scheduleCount: Int)
  /// A product of learning rate and curvature is not finite, or less than 0.
  case product(Double)
  /// LAPACK found no eigenvalues of the matrix at this product: `dgeev`
  /// returned `info`.
  case noEigenvalues(product: Double, info: Int)
}

extension StabilityError: CustomStringConvertible {
  /// The value given and the rule that it breaks.
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

/// Errors are equal if their descriptions are, so that an error with a NaN
/// equals itself.
extension StabilityError {
  /// Whether both have the same description.
  public static func == (left: Self, right: Self) -> Bool {
    left.description == right.description
  }

  /// Hashes the description.
  public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
