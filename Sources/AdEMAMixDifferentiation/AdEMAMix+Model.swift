//===--- AdEMAMix+Model.swift - one step of a differentiable model --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
public import _Differentiation

extension AdEMAMix
where Scalar: Differentiable, Scalar.TangentVector == Scalar {
  /// Makes a step on a model along the gradient of a loss. Experimental.
  ///
  ///     var optimizer = try AdEMAMix<Float>([
  ///       ParameterGroup("all", tensors: model.namedTensors, hyperparameters)
  ///     ])
  ///     let gradient = gradient(at: model) { $0.loss(batch) }
  ///     try optimizer.step(&model, along: gradient)
  ///
  /// The result has the same bits as that of a step on separate arrays. An
  /// array that the model alone refers to is not copied. During the call, an
  /// empty gradient of a tensor takes as much memory as the tensor, unless its
  /// group is frozen.
  ///
  /// - Parameters:
  ///   - model: The model. Its tensors must be those of the layout.
  ///   - gradient: The gradient of the loss by the model. An empty array in it
  ///     stands for zeros.
  /// - Returns: A report of the call.
  /// - Throws: The errors of the step on arrays, and `tensorOrder` for a model
  ///   with other tensors. After an error nothing has changed.
  /// - Complexity: O(count of the layout + number of tensors).
  @discardableResult
  public mutating func step<Model: ParameterizedModel>(
    _ model: inout Model, along gradient: Model.TangentVector
  ) throws(AdEMAMixError) -> StepReport where Model.Scalar == Scalar {
    try advance(&model, along: gradient) {
      optimizer, visitor throws(AdEMAMixError) in
      for (index, tensor) in optimizer.layout.tensors.enumerated()
      where !optimizer.layout.groups[tensor.group].isFrozen {
        visitor.fillGradient(index)
      }
      return try optimizer.step(
        &visitor.parameters, gradients: visitor.gradients)
    }
  }

  /// Completes the step of a model with the gradients that have accumulated, as
  /// `completeStep(_:)` does on separate arrays. Experimental.
  ///
  /// - Parameter model: The model. Its tensors must be those of the layout.
  /// - Returns: A report with the outcome `completed`.
  /// - Throws: The errors of `completeStep(_:)` on arrays, and `tensorOrder`
  ///   for a model with other tensors. After an error nothing has changed.
  /// - Complexity: O(count of the layout + number of tensors).
  @discardableResult
  public mutating func completeStep<Model: ParameterizedModel>(
    _ model: inout Model
  ) throws(AdEMAMixError) -> StepReport where Model.Scalar == Scalar {
    try advance(&model, along: .zero) {
      optimizer, visitor throws(AdEMAMixError) in
      try optimizer.completeStep(&visitor.parameters)
    }
  }

  /// Makes a call on the tensors of a model, which the visitor owns during the
  /// call.
  private mutating func advance<Model: ParameterizedModel>(
    _ model: inout Model, along gradient: Model.TangentVector,
    _ body: (inout AdEMAMix, inout ParameterVisitor<Scalar>)
      throws(AdEMAMixError) -> StepReport
  ) throws(AdEMAMixError) -> StepReport where Model.Scalar == Scalar {
    var visitor = ParameterVisitor<Scalar>(.take)
    model.visitParameters(along: gradient, by: &visitor)
    defer { model.replaceParameters(with: visitor.parameters) }
    if let mismatch = visitor.mismatch { throw mismatch }
    let names = visitor.tensors.map(\.name)
    guard names.haveSameBytes(as: layout.tensors.map(\.name)) else {
      throw .tensorOrder(names)
    }
    return try body(&self, &visitor)
  }
}
