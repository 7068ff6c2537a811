//===--- Linear.swift - y = x·W + b ---------------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A linear map of each row, with a bias.
package struct Linear: Sendable, Hashable {
  private let weight: Parameter
  private let bias: Parameter

  /// Reserves `name.weight`, inputs × outputs, and `name.bias`. For inputs of
  /// deviation 1, outputs have the deviation `gain` at the start.
  package init(
    _ name: String, inputs: Int, outputs: Int, gain: Double = 1,
    in plan: inout ParameterPlan
  ) {
    let deviation = gain / Double(inputs).squareRoot()
    weight = plan.parameter(
      "\(name).weight", shape: [inputs, outputs],
      .normal(deviation: deviation))
    bias = plan.parameter("\(name).bias", shape: [outputs], .constant(0))
  }

  /// y ← x·W + b, or y + x·W + b if `adding`, as to a residual stream.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func forward<Scalar>(
    _ x: Matrix<Scalar>, into y: Matrix<Scalar>, adding: Bool = false,
    _ memory: ParameterMemory<Scalar>
  ) {
    let bias = memory.value(self.bias)
    precondition(y.columns == bias.columns)
    for row in 0..<y.rows {
      if adding {
        unsafe Scalar.axpy(y.columns, 1, bias.start, y.row(row))
      } else {
        unsafe y.row(row).update(from: bias.start, count: y.columns)
      }
    }
    y.set(x, times: memory.value(weight), adding: true)
  }

  /// Adds to the gradients of W and b, and sets dx ← dy·Wᵀ if there is a dx.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func backward<Scalar>(
    _ dy: Matrix<Scalar>, x: Matrix<Scalar>, into dx: Matrix<Scalar>? = nil,
    _ memory: ParameterMemory<Scalar>
  ) {
    memory.gradient(weight).set(x.transposed, times: dy, adding: true)
    let bias = memory.gradient(self.bias)
    for row in 0..<dy.rows {
      unsafe Scalar.axpy(dy.columns, 1, dy.row(row), bias.start)
    }
    dx?.set(dy, times: memory.value(weight).transposed)
  }
}
