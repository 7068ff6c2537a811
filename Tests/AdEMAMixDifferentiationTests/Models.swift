//===--- Models.swift - models of each shape ------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixDifferentiation
import _Differentiation

/// f(x) = Σx², of optax's documentation.
struct Quadratic: ParameterizedModel {
  var x: [Float]

  @differentiable(reverse)
  func value() -> Float { x.differentiableReduce(0) { $0 + $1 * $1 } }

  mutating func visitParameters(
    along gradient: TangentVector, by visitor: inout ParameterVisitor<Float>
  ) {
    visitor.visit("x", &x, gradient.x)
  }
}

/// An affine map of a vector, of either scalar.
struct Affine<Scalar>: ParameterizedModel
where
  Scalar: OptimizerScalar & Differentiable, Scalar.TangentVector == Scalar
{
  var weight: [Scalar]
  var bias: Scalar
  /// No part of the model's tangent.
  @noDerivative let name: String

  mutating func visitParameters(
    along gradient: TangentVector, by visitor: inout ParameterVisitor<Scalar>
  ) {
    visitor.visit("weight", &weight, gradient.weight, shape: [1, 2])
    visitor.visit("bias", &bias, gradient.bias)
  }
}

extension Affine where Scalar == Double {
  @differentiable(reverse)
  func callAsFunction(_ x: Double, _ y: Double) -> Double {
    weight[0] * x + weight[1] * y + bias
  }
}

/// A tensor type of the model's own, which is its own tangent.
struct Table: Differentiable, AdditiveArithmetic {
  typealias TangentVector = Table
  var elements: [Double]

  static var zero: Table { Table(elements: []) }

  static func + (a: Table, b: Table) -> Table {
    if a.elements.isEmpty { return b }
    if b.elements.isEmpty { return a }
    return Table(elements: zip(a.elements, b.elements).map { $0 + $1 })
  }

  static func - (a: Table, b: Table) -> Table {
    a + Table(elements: b.elements.map { -$0 })
  }

  mutating func move(by offset: Table) { self = self + offset }
}

/// A model in a model, an array of models, and all that can be a member.
struct Nested: ParameterizedModel {
  var first: Affine<Double>
  var layers: [Affine<Double>]
  var table: Table
  var unused: [Double]
  var scale: Double

  init() {
    func layer(_ start: Double) -> Affine<Double> {
      Affine(weight: [start, -0.5 * start], bias: 0.25, name: "layer")
    }
    first = layer(0.3)
    layers = [layer(0.7), layer(-1.1)]
    table = Table(elements: [1, 2])
    unused = [5, 6, 7]
    scale = 1.5
  }

  /// Leaves `unused` out, and the table, which tests give a gradient.
  @differentiable(reverse)
  func value(_ x: Double) -> Double {
    var y = first(x, 1)
    // Not `for layer in layers`, which Swift does not differentiate.
    for index in 0..<withoutDerivative(at: layers.count) {
      y = layers[index](y, y * x)
    }
    return scale * y * y
  }

  mutating func visitParameters(
    along gradient: TangentVector, by visitor: inout ParameterVisitor<Double>
  ) {
    visitor.visit("first", &first, gradient.first)
    visitor.visit("layers", &layers, gradient.layers)
    visitor.visit("table", &table.elements, gradient.table.elements)
    visitor.visit("unused", &unused, gradient.unused)
    visitor.visit("scale", &scale, gradient.scale)
  }
}

/// The names of the tensors of `Nested`.
let nestedNames = [
  "first.weight", "first.bias", "layers.0.weight", "layers.0.bias",
  "layers.1.weight", "layers.1.bias", "table", "unused", "scale",
]
