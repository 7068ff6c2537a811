//===--- ParameterizedModel.swift - a model that lists its parameters -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
public import _Differentiation

/// A differentiable model whose parameters an optimizer can find. Experimental,
/// as automatic differentiation in Swift is.
///
///     struct Quadratic: ParameterizedModel {
///       var x: [Float]
///
///       @differentiable(reverse)
///       func value() -> Float { x.differentiableReduce(0) { $0 + $1 * $1 } }
///
///       mutating func visitParameters(
///         along gradient: TangentVector, by visitor: inout ParameterVisitor<Float>
///       ) {
///         visitor.visit("x", &x, gradient.x)
///       }
///     }
///
/// Swift synthesizes `TangentVector`, but offers no list of its members.
/// ``visitParameters(along:by:)`` is that list. All else follows from it: the
/// layout, a step, what checkpoints hold.
public protocol ParameterizedModel: Differentiable {
  /// `Float` or `Double`.
  associatedtype Scalar: OptimizerScalar, Differentiable
  where Scalar.TangentVector == Scalar

  /// Shows each tensor, scalar and nested model to a visitor, together with the
  /// same member of a gradient.
  ///
  /// Names and order must be the same at each call. A visit may take a tensor out
  /// of the model for the length of a step, so that no element is copied: look at
  /// the elements of none here.
  ///
  /// - Parameters:
  ///   - gradient: The gradient of a loss by the model. Arrays in it may be empty,
  ///     which stands for zeros; only hand them on.
  ///   - visitor: What is to see the members.
  mutating func visitParameters(
    along gradient: TangentVector, by visitor: inout ParameterVisitor<Scalar>)
}

extension ParameterizedModel {
  /// The names and shapes of the tensors, for groups and layouts. A member of a
  /// nested model is called "layer.weight", one of an array "layers.0.weight".
  ///
  /// - Complexity: O(number of tensors).
  public var namedTensors: [NamedTensor] {
    var model = self
    var visitor = ParameterVisitor<Scalar>(.read)
    model.visitParameters(along: .zero, by: &visitor)
    return visitor.tensors
  }

  /// The parameters, an array for each tensor, as checkpoints and averages take
  /// them:
  ///
  ///     try optimizer.save(to: path, parameters: model.parameters)
  ///     try optimizer.load(from: path, parameters: &model.parameters)
  ///
  /// What is set must have the counts of the model's tensors.
  ///
  /// - Complexity: O(number of tensors). Elements are copied once either copy is
  ///   changed.
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

  /// A gradient as an array for each tensor, as `AdEMAMix.writeUpdate` takes it:
  /// zeros where the gradient has an empty array.
  ///
  /// - Complexity: O(number of tensors + elements that are empty).
  public func gradients(in gradient: TangentVector) -> [[Scalar]] {
    var model = self
    var visitor = ParameterVisitor<Scalar>(.read)
    model.visitParameters(along: gradient, by: &visitor)
    for index in visitor.tensors.indices { visitor.fillGradient(index) }
    return visitor.gradients
  }

  /// Puts arrays where the tensors were.
  mutating func replaceParameters(with parameters: [[Scalar]]) {
    var visitor = ParameterVisitor<Scalar>(.replace)
    visitor.parameters = parameters
    visitParameters(along: .zero, by: &visitor)
    visitor.requireAllReplaced()
  }
}
