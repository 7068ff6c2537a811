//===--- StabilityError.swift - why stability cannot be computed ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// The reason why the stability of hyperparameters cannot be computed.
public struct StabilityError: Error, Sendable, Hashable,
  CustomStringConvertible
{
  /// A kind of reason. Later versions may have more.
  public struct Code: Sendable, Hashable {
    private let name: String

    private init(_ name: String) { self.name = name }

    /// A hyperparameter is out of range at a count.
    public static let invalidHyperparameter = Code("invalidHyperparameter")
    /// A product of learning rate and curvature is not finite, or less than 0.
    public static let invalidProduct = Code("invalidProduct")
    /// LAPACK found no eigenvalues of the matrix.
    public static let noEigenvalues = Code("noEigenvalues")
  }

  /// The kind of reason.
  public let code: Code
  /// The value that was given and the rule that the value breaks.
  public let description: String

  private init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}

extension StabilityError {
  /// A hyperparameter is out of range at a count.
  package static func hyperparameterOutOfRange(
    _ name: HyperparameterName, value: Double, scheduleCount count: Int
  ) -> Self {
    StabilityError(
      .invalidHyperparameter,
      "\(name) is \(value) at schedule count \(count): it must \(name.rule)")
  }

  /// A product of learning rate and curvature is not finite, or less than 0.
  package static func product(_ product: Double) -> Self {
    StabilityError(
      .invalidProduct,
      "the product of learning rate and curvature is \(product): it must be "
        + "finite and at least 0")
  }

  /// LAPACK found no eigenvalues of the matrix at this product: `dgeev`
  /// returned `info`.
  static func noEigenvalues(product: Double, info: Int) -> Self {
    StabilityError(
      .noEigenvalues,
      "dgeev found no eigenvalues at a product of \(product) (info \(info))")
  }
}
