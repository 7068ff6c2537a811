//===--- AdEMAMix+Model.swift - one step of a differentiable model --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
  /// The result is that of the step on separate arrays, to the bit. No array is
  /// copied that the model owns alone; a gradient that is empty takes the memory
  /// of its tensor for the length of the call, unless its group is frozen.
  ///
  /// - Parameters:
  ///   - model: The model, whose tensors are those of the layout.
  ///   - gradient: The gradient of the loss by the model. An empty array in it
  ///     stands for zeros.
  /// - Returns: What the call did; see `options`.
  /// - Throws: `AdEMAMixError` as the step on arrays does, and `tensorOrder` for a
  ///   model with other tensors. Then nothing has changed.
  /// - Complexity: O(count of the layout + number of tensors).
  @discardableResult
  public mutating func step<Model: ParameterizedModel>(
    _ model: inout Model, along gradient: Model.TangentVector
  ) throws(AdEMAMixError) -> StepReport where Model.Scalar == Scalar {
    var visitor = ParameterVisitor<Scalar>(.take)
    model.visitParameters(along: gradient, by: &visitor)
    defer { model.replaceParameters(with: visitor.parameters) }
    if let mismatch = visitor.mismatch { throw mismatch }
    let names = visitor.tensors.map(\.name)
    guard names == layout.tensors.map(\.name) else { throw .tensorOrder(names) }
    for (index, tensor) in layout.tensors.enumerated()
    where !layout.groups[tensor.group].isFrozen {
      visitor.fillGradient(index)
    }
    return try step(&visitor.parameters, gradients: visitor.gradients)
  }
}
