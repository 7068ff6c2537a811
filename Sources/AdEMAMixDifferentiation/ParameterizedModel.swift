//===--- ParameterizedModel.swift - a model that lists its parameters -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
public import _Differentiation

/// A differentiable model that shows its parameters to an optimizer.
/// Experimental, as automatic differentiation in Swift is.
///
///     struct Quadratic: ParameterizedModel {
///       var x: [Float]
///
///       @differentiable(reverse)
///       func value() -> Float { x.differentiableReduce(0) { $0 + $1 * $1 } }
///
///       mutating func visitParameters(
///         along gradient: TangentVector,
///         by visitor: inout ParameterVisitor<Float>
///       ) {
///         visitor.visit("x", &x, gradient.x)
///       }
///     }
///
/// Swift synthesizes `TangentVector`, but has no list of its members. The model
/// lists them in ``visitParameters(along:by:)``. The layout, steps and
/// checkpoints use that list.
public protocol ParameterizedModel: Differentiable {
  /// `Float` or `Double`.
  associatedtype Scalar: OptimizerScalar, Differentiable
  where Scalar.TangentVector == Scalar

  /// Shows each tensor, scalar and nested model to a visitor, together with the
  /// same member of a gradient.
  ///
  /// Names and order must be the same in each call. The visitor may take the
  /// tensors out of the model for the duration of a step, so that no element is
  /// copied. The function must not use the elements of a tensor or gradient,
  /// which may be empty.
  ///
  /// - Parameters:
  ///   - gradient: The gradient of a loss by the model. An empty array in it
  ///     stands for zeros.
  ///   - visitor: The receiver of the members.
  mutating func visitParameters(
    along gradient: TangentVector, by visitor: inout ParameterVisitor<Scalar>)
}

extension ParameterizedModel {
  /// The names and shapes of the tensors, for groups and layouts. The name of a
  /// nested model's member is such as "layer.weight", and in an array of models
  /// such as "layers.0.weight".
  ///
  /// - Complexity: O(number of tensors).
  public var namedTensors: [TensorSpec] {
    var model = self
    var visitor = ParameterVisitor<Scalar>(.read)
    model.visitParameters(along: .zero, by: &visitor)
    return visitor.tensors
  }

  /// The parameters, an array for each tensor, for checkpoints and averages:
  ///
  ///     try optimizer.save(to: path, parameters: model.parameters)
  ///     try optimizer.load(from: path, parameters: &model.parameters)
  ///
  /// New arrays must have the counts of the model's tensors.
  ///
  /// - Complexity: O(number of tensors). Elements are copied when the model or
  ///   the arrays change.
  public var parameters: [[Scalar]] {
    get {
      var model = self
      var visitor = ParameterVisitor<Scalar>(.read)
      model.visitParameters(along: .zero, by: &visitor)
      return visitor.parameters
    }
    set {
      precondition(
        newValue.map(\.count) == parameters.map(\.count),
        "parameters must have the counts of the model's tensors")
      replaceParameters(with: newValue)
    }
  }

  /// A gradient as an array for each tensor, for `AdEMAMix.writeUpdate`. Zeros
  /// replace the empty arrays of the gradient.
  ///
  /// - Complexity: O(number of tensors + zeros).
  public func gradients(in gradient: TangentVector) -> [[Scalar]] {
    var model = self
    var visitor = ParameterVisitor<Scalar>(.read)
    model.visitParameters(along: gradient, by: &visitor)
    for index in visitor.tensors.indices { visitor.fillGradient(index) }
    return visitor.gradients
  }

  /// Gives the model the arrays of all its tensors.
  mutating func replaceParameters(with parameters: [[Scalar]]) {
    var visitor = ParameterVisitor<Scalar>(.replace)
    visitor.parameters = parameters
    visitParameters(along: .zero, by: &visitor)
    visitor.requireAllReplaced()
  }
}
