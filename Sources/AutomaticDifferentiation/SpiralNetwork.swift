//===--- SpiralNetwork.swift - the model, and its loss --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMixDifferentiation
import Glibc
import Layers
import _Differentiation

/// A network with two hidden layers of tanh, and one output: the logit of the
/// second spiral.
package struct SpiralNetwork: ParameterizedModel {
  var first, second, output: Dense

  package init(width: Int, seed: Int) {
    func layer(_ index: Int, _ inputs: Int, _ outputs: Int) -> Dense {
      Dense(
        inputs: inputs, outputs: outputs,
        random: CounterRandom(seed: UInt64(seed), stream: UInt64(index)))
    }
    first = layer(0, 2, width)
    second = layer(1, width, width)
    output = layer(2, width, 1)
  }

  /// The logit of each point. `points` has two coordinates of each, one point
  /// behind the other.
  @differentiable(reverse)
  package func callAsFunction(_ points: [Double]) -> [Double] {
    output(hyperbolicTangents(second(hyperbolicTangents(first(points)))))
  }

  /// The mean cross entropy.
  @differentiable(reverse)
  package func loss(_ spirals: Spirals) -> Double {
    let losses = signed(self(spirals.points), by: spirals.signs)
      .differentiableMap(crossEntropy)
    // Swift would try to differentiate `losses.count`.
    let count = Double(spirals.signs.count)
    return losses.differentiableReduce(0, { $0 + $1 }) / count
  }

  package mutating func visitParameters(
    along gradient: TangentVector, by visitor: inout ParameterVisitor<Double>
  ) {
    visitor.visit("first", &first, gradient.first)
    visitor.visit("second", &second, gradient.second)
    visitor.visit("output", &output, gradient.output)
  }
}

/// The negative logarithm of the probability of the right class, out of the
/// logit of that class.
@differentiable(reverse)
private func crossEntropy(_ logit: Double) -> Double {
  // Either form is exact for its sign of the logit, and exp overflows for
  // neither.
  logit > 0 ? log1p(exp(-logit)) : log1p(exp(logit)) - logit
}

/// The tanh of each element.
func hyperbolicTangents(_ x: [Double]) -> [Double] { x.map { tanh($0) } }

@derivative(of: hyperbolicTangents)
func hyperbolicTangentsDerivative(_ x: [Double]) -> (
  value: [Double],
  pullback: ([Double].TangentVector) -> [Double].TangentVector
) {
  let y = hyperbolicTangents(x)
  return (y, { dy in .init(zip(dy.base, y).map { $0 * (1 - $1 * $1) }) })
}

/// Each element times its sign, 1 or -1.
func signed(_ x: [Double], by signs: [Double]) -> [Double] {
  zip(x, signs).map { $0 * $1 }
}

@derivative(of: signed, wrt: x)
func signedDerivative(_ x: [Double], by signs: [Double]) -> (
  value: [Double],
  pullback: ([Double].TangentVector) -> [Double].TangentVector
) {
  (signed(x, by: signs), { .init(signed($0.base, by: signs)) })
}
