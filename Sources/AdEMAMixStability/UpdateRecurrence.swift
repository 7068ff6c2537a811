//===--- UpdateRecurrence.swift - steps on a quadratic as a matrix --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import CLAPACKE

/// The steps of an optimizer on a quadratic, as a linear recurrence: see
/// ``Hyperparameters/stabilityLimit(at:)``.
struct UpdateRecurrence {
  private let form: UpdateForm
  private let beta1, beta3, alpha: Double

  init(
    _ hyperparameters: Hyperparameters, at count: Int
  ) throws(StabilityError) {
    func checked(
      _ name: HyperparameterName, _ value: Double
    ) throws(StabilityError) -> Double {
      guard name.accepts(value) else {
        throw .hyperparameterOutOfRange(
          name, value: value, scheduleCount: count)
      }
      return value
    }
    form = hyperparameters.form
    beta1 = try checked(.beta1, hyperparameters.beta1)
    beta3 = try checked(.beta3, hyperparameters.beta3.value(at: count))
    alpha = try checked(.alpha, hyperparameters.alpha.value(at: count))
  }

  /// Whether errors grow. The tolerance keeps a rounded eigenvalue of 1 from
  /// counting as growth.
  func isUnstable(_ product: Double) throws(StabilityError) -> Bool {
    try spectralRadius(product) > 1 + 1e-12
  }

  /// The largest magnitude of an eigenvalue.
  func spectralRadius(_ product: Double) throws(StabilityError) -> Double {
    var matrix = rows(product)
    let count = Int32(matrix.count == 9 ? 3 : 2)
    var real = [Double](repeating: 0, count: Int(count))
    var imaginary = real
    // The order of the elements does not matter: a transposed matrix has the
    // same eigenvalues.
    let info = unsafe LAPACKE_dgeev(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "N")),
      count, &matrix, count, &real, &imaginary, nil, 1, nil, 1)
    guard info == 0 else {
      throw .noEigenvalues(product: product, info: Int(info))
    }
    return zip(real, imaginary).reduce(0) {
      max($0, ($1.0 * $1.0 + $1.1 * $1.1).squareRoot())
    }
  }

  /// The matrix of the recurrence, row by row. A slow moment without weight has
  /// no row.
  private func rows(_ product: Double) -> [Double] {
    switch form {
    case .standard:
      let fast = product * (1 - beta1)
      // A slow moment without weight does not change θ, and its eigenvalue β3
      // is not that of an error.
      if alpha == 0 { return [1 - fast, -beta1, fast, beta1] }
      let slow = product * (1 - beta3)
      return [
        1 - fast - alpha * slow, -beta1, -alpha * beta3,
        fast, beta1, 0,
        slow, 0, beta3,
      ]
    case .simplified:
      return [
        1 - product - alpha * product, -beta3,
        product, beta3,
      ]
    }
  }
}
