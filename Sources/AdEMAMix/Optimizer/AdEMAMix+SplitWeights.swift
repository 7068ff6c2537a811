//===--- AdEMAMix+SplitWeights.swift - calls on weights in two parts ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix where Scalar == Float {
  /// Makes a step on weights that are split: see ``WeightFormat``.
  ///
  /// - Parameters:
  ///   - weights: A tree of the upper parts of the weights of ``shard``,
  ///     changed in place.
  ///   - gradients: The gradient of the loss by each of them.
  ///   - gradientScale: The factor of this gradient, as in other steps.
  ///   - weight: The weight of this gradient among those that accumulate. It
  ///     lies in 2^-60 ... 2^60.
  ///   - names: The names of tensors that the call leaves alone, as in other
  ///     steps.
  ///   - diagnostics: Whether the call measures, as other steps do.
  /// - Returns: The report of the call; see ``options``.
  /// - Throws: ``AdEMAMixError`` as other steps do, and for an optimizer of
  ///   other ``weights``. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func step<
    Weights: TensorTree<BFloat16>, Gradients: TensorTree<BFloat16>
  >(
    _ weights: inout Weights, gradients: Gradients, gradientScale: Double = 1,
    weight: Double = 1, leaving names: [String] = [], diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try leave(names)
    let tensors = workspace.tensors
    tensors.weights.take(from: &weights, expected: layout.tensors)
    defer { tensors.putBack(weights: &weights) }
    tensors.bfloat16Gradients.read(gradients, expected: layout.tensors)
    return try execute(
      tensors, StepCall(.step, gradientScale, diagnostics, weight: weight))
  }

  /// Makes a step on weights that are split, and sets the gradients to 0 in the
  /// same pass over memory.
  ///
  /// - Throws: ``AdEMAMixError`` as the step that leaves gradients does, and
  ///   for gradients that must not be changed. Then nothing has changed,
  ///   gradients included.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func step<
    Weights: TensorTree<BFloat16>, Gradients: TensorTree<BFloat16>
  >(
    _ weights: inout Weights, clearing gradients: inout Gradients,
    gradientScale: Double = 1, weight: Double = 1,
    leaving names: [String] = [], diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    try leave(names)
    let tensors = workspace.tensors
    tensors.weights.take(from: &weights, expected: layout.tensors)
    tensors.take(clearingBFloat16: &gradients, expected: layout.tensors)
    defer {
      tensors.bfloat16Gradients.putBack(into: &gradients)
      tensors.putBack(weights: &weights)
    }
    return try execute(
      tensors, StepCall(.step, gradientScale, diagnostics, weight: weight))
  }

  /// Completes the step on weights that are split, with the gradients that have
  /// accumulated.
  ///
  /// - Throws: ``AdEMAMixError`` where nothing has accumulated, and as the step
  ///   on such weights does. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  @discardableResult
  public mutating func completeStep<Weights: TensorTree<BFloat16>>(
    _ weights: inout Weights, diagnostics: Bool = false
  ) throws(AdEMAMixError) -> StepReport {
    forgetMissing()
    let tensors = workspace.tensors
    tensors.weights.take(from: &weights, expected: layout.tensors)
    defer { tensors.putBack(weights: &weights) }
    return try execute(tensors, StepCall(.completion, 1, diagnostics))
  }

  /// Splits `Float` parameters: the program gets the upper parts, and the
  /// optimizer the corrections.
  ///
  /// Parameters of a group that has always been frozen have no corrections, and
  /// are rounded to the nearest bfloat16.
  ///
  /// - Parameters:
  ///   - parameters: A tree of the elements of ``shard``.
  ///   - weights: As many elements, which become the upper parts.
  /// - Throws: ``AdEMAMixError`` for memory that a step would not take, and for
  ///   an optimizer whose ``weights`` are not split. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  public mutating func split<
    Parameters: TensorTree<Float>, Weights: TensorTree<BFloat16>
  >(
    _ parameters: Parameters, into weights: inout Weights
  ) throws(AdEMAMixError) {
    let tensors = CallerTensors<Float>()
    tensors.read(parameters, expected: layout.tensors)
    tensors.weights.take(from: &weights, expected: layout.tensors)
    defer { tensors.weights.putBack(into: &weights) }
    try checkShard(tensors)
    split(tensors)
  }

  /// Puts weights that are split together again.
  ///
  /// - Parameters:
  ///   - weights: A tree of the upper parts of the weights of ``shard``.
  ///   - parameters: As many elements, which become the weights.
  /// - Throws: ``AdEMAMixError`` for memory that a step would not take, and for
  ///   an optimizer whose ``weights`` are not split. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  public func join<
    Weights: TensorTree<BFloat16>, Parameters: TensorTree<Float>
  >(
    _ weights: Weights, into parameters: inout Parameters
  ) throws(AdEMAMixError) {
    let tensors = CallerTensors<Float>()
    tensors.read(weights: weights, expected: layout.tensors)
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.parameters.putBack(into: &parameters) }
    try checkShard(tensors)
    join(tensors)
  }

  /// Exchanges the average with weights that are split: puts the averages into
  /// the model and keeps the weights, or, the second time, puts the same
  /// weights back.
  ///
  /// In the model an average is rounded as weights of the form are, and stays
  /// so: to 24 bits with ``WeightFormat/split24``, and not at all with
  /// ``WeightFormat/split32``, but for the tensors of a group that has always
  /// been frozen.
  ///
  /// - Parameter weights: A tree of the upper parts of the weights of
  ///   ``shard``.
  /// - Throws: ``AdEMAMixError`` for memory that a step would not take, for an
  ///   optimizer whose ``weights`` are not split, and for one without an
  ///   ``average`` of as many elements. Then nothing has changed.
  /// - Complexity: O(count of the shard + number of tensors).
  public mutating func swapAverage<Weights: TensorTree<BFloat16>>(
    with weights: inout Weights
  ) throws(AdEMAMixError) {
    try checkAverage()
    let tensors = CallerTensors<Float>()
    tensors.weights.take(from: &weights, expected: layout.tensors)
    defer { tensors.weights.putBack(into: &weights) }
    try checkShard(tensors)
    swapAverage(tensors)
  }
}
