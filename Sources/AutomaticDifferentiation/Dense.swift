//===--- Dense.swift - a layer, with a derivative written by hand ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMixDifferentiation
import COpenBLAS
import Layers
import _Differentiation

/// A linear map of each row, with a bias.
package struct Dense: ParameterizedModel {
  /// The matrix of inputs × outputs, row by row.
  var weight: [Double]
  var bias: [Double]

  /// Weights and biases from the normal distribution, with a variance of 1 over
  /// the number of inputs.
  init(inputs: Int, outputs: Int, random: CounterRandom) {
    let deviation = 1 / Double(inputs).squareRoot()
    func numbers(_ range: Range<Int>) -> [Double] {
      range.map { deviation * random.normal(UInt64($0)) }
    }
    weight = numbers(0..<inputs * outputs)
    // With a bias of 0, the gradients by it of symmetric points would cancel,
    // and no step would change it.
    bias = numbers(inputs * outputs..<(inputs + 1) * outputs)
  }

  @differentiable(reverse)
  func callAsFunction(_ x: [Double]) -> [Double] {
    affine(x, weight, bias)
  }

  package mutating func visitParameters(
    along gradient: TangentVector, by visitor: inout ParameterVisitor<Double>
  ) {
    visitor.visit("weight", &weight, gradient.weight)
    visitor.visit("bias", &bias, gradient.bias)
  }
}

/// The product x·W + b, row by row.
///
/// Swift can differentiate a loop over elements too, but the pullback of each
/// access to an element makes an array of zeros. The product and its derivative
/// therefore call BLAS.
func affine(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
  let (inputs, outputs) = (weight.count / bias.count, bias.count)
  let rows = x.count / inputs
  var y: [Double] = []
  y.reserveCapacity(rows * outputs)
  for _ in 0..<rows { y += bias }
  unsafe cblas_dgemm(
    CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(rows), blasint(outputs),
    blasint(inputs), 1, x, blasint(inputs), weight, blasint(outputs), 1, &y,
    blasint(outputs))
  return y
}

@derivative(of: affine)
func affineDerivative(
  _ x: [Double], _ weight: [Double], _ bias: [Double]
) -> (
  value: [Double],
  pullback: ([Double].TangentVector) -> (
    [Double].TangentVector, [Double].TangentVector, [Double].TangentVector
  )
) {
  func pullback(_ dy: [Double].TangentVector) -> (
    [Double].TangentVector, [Double].TangentVector, [Double].TangentVector
  ) {
    if dy.base.isEmpty { return (.zero, .zero, .zero) }
    let (inputs, outputs) = (weight.count / bias.count, bias.count)
    let rows = x.count / inputs
    var dx = [Double](repeating: 0, count: x.count)
    unsafe cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(inputs),
      blasint(outputs), 1, dy.base, blasint(outputs), weight, blasint(outputs),
      0, &dx, blasint(inputs))
    var dWeight = [Double](repeating: 0, count: weight.count)
    unsafe cblas_dgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, blasint(inputs),
      blasint(outputs), blasint(rows), 1, x, blasint(inputs), dy.base,
      blasint(outputs), 0, &dWeight, blasint(outputs))
    var dBias = [Double](repeating: 0, count: outputs)
    for row in 0..<rows {
      for column in 0..<outputs {
        dBias[column] += dy.base[row * outputs + column]
      }
    }
    return (.init(dx), .init(dWeight), .init(dBias))
  }
  return (affine(x, weight, bias), pullback)
}
