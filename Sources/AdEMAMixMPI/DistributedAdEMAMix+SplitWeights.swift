//===--- DistributedAdEMAMix+SplitWeights.swift - weights in two parts ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix where Scalar == Float {
  /// Makes a step on weights that are split, with the mean of all ranks'
  /// gradients: see `WeightFormat`.
  ///
  ///     try optimizer.split(parameters, into: &weights)  // [BFloat16]
  ///     try optimizer.step(&weights, gradients: gradients)
  ///
  /// Each rank has the upper parts of all weights, and the corrections of its
  /// shard. Weights and gradients are sent in bfloat16: 2 bytes an element
  /// each. The sum over the ranks is made in `Double`, in the order of the
  /// ranks, and rounded once, to `Float`.
  ///
  /// - Parameters:
  ///   - weights: A tree of the upper parts of all weights, the same on all
  ///     ranks. The step changes them in place.
  ///   - gradients: The gradient of this rank's loss by each weight.
  ///   - gradientScale: The factor of all ranks' gradients, as in other steps.
  ///   - weight: The weight of this rank's gradient in the mean, as in other
  ///     steps.
  ///   - names: The names of tensors that the call leaves alone, as in other
  ///     steps.
  ///   - diagnostics: Whether the call measures.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError`` as other steps do, on all ranks, and for an
  ///   optimizer whose weights are not split.
  /// - Complexity: O(count of the layout).
  @discardableResult
  public mutating func step<
    Weights: TensorTree<BFloat16>, Gradients: TensorTree<BFloat16>
  >(
    _ weights: inout Weights, gradients: Gradients, gradientScale: Double = 1,
    weight: Double? = nil, leaving names: [String] = [],
    diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let arguments = arguments(
      of: BFloat16.self, gradientScale, weight, leaving: names, diagnostics)
    let tensors = state.trees(leaving: names)
    tensors.weights.take(from: &weights, expected: layout.tensors)
    defer { tensors.putBack(weights: &weights) }
    tensors.bfloat16Gradients.read(gradients, expected: layout.tensors)
    return try advance(tensors, .step, arguments, weight)
  }

  /// Makes a step on weights that are split, and sets this rank's gradients to
  /// 0.
  ///
  /// - Throws: ``DistributedError`` as the step that leaves gradients does, on
  ///   all ranks, and for gradients that must not be changed.
  /// - Complexity: O(count of the layout).
  @discardableResult
  public mutating func step<
    Weights: TensorTree<BFloat16>, Gradients: TensorTree<BFloat16>
  >(
    _ weights: inout Weights, clearing gradients: inout Gradients,
    gradientScale: Double = 1, weight: Double? = nil,
    leaving names: [String] = [], diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let arguments = arguments(
      of: BFloat16.self, gradientScale, weight, leaving: names, diagnostics)
    let tensors = state.trees(leaving: names)
    tensors.weights.take(from: &weights, expected: layout.tensors)
    tensors.take(clearingBFloat16: &gradients, expected: layout.tensors)
    defer {
      tensors.bfloat16Gradients.putBack(into: &gradients)
      tensors.putBack(weights: &weights)
    }
    return try advance(tensors, .step, arguments, weight)
  }

  /// Completes the step on weights that are split, with the gradients that have
  /// accumulated on all ranks.
  ///
  /// - Throws: ``DistributedError`` where nothing has accumulated, and as the
  ///   step on such weights does, on all ranks.
  /// - Complexity: O(count of the layout).
  @discardableResult
  public mutating func completeStep<Weights: TensorTree<BFloat16>>(
    _ weights: inout Weights, diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let tensors = state.trees(leaving: [])
    tensors.weights.take(from: &weights, expected: layout.tensors)
    defer { tensors.putBack(weights: &weights) }
    return try advance(
      tensors, .completion, StepArguments(diagnostics: diagnostics), nil)
  }

  /// Splits `Float` parameters: each rank gets all upper parts, and keeps the
  /// corrections of its shard.
  ///
  /// Each rank splits its shard, and gives the upper parts to the others.
  ///
  /// - Parameters:
  ///   - parameters: A tree of all parameters, the same on all ranks.
  ///   - weights: As many elements, which become the upper parts.
  /// - Throws: ``DistributedError``, on all ranks, for memory that a step would
  ///   not take, and for an optimizer whose weights are not split. Then nothing
  ///   has changed, unless the code is
  ///   ``DistributedError/Code/communication``.
  /// - Complexity: O(count of the layout) to communicate.
  public mutating func split<
    Parameters: TensorTree<Float>, Weights: TensorTree<BFloat16>
  >(
    _ parameters: Parameters, into weights: inout Weights
  ) throws(DistributedError) {
    try checkIsUsable()
    let tensors = CallerTensors<Float>()
    tensors.read(parameters, expected: layout.tensors)
    tensors.weights.take(from: &weights, expected: layout.tensors)
    defer { tensors.putBack(weights: &weights) }
    try agree(onTrees: tensors, in: .split)
    state.split(tensors, isOfModel: true)
    try gatherShards(tensors, isSplit: true)
  }

  /// Puts weights that are split together again, on all ranks.
  ///
  /// Each rank puts its shard together, and gives it to the others.
  ///
  /// - Parameters:
  ///   - weights: A tree of the upper parts of all weights, the same on all
  ///     ranks.
  ///   - parameters: As many elements, which become the weights.
  /// - Throws: ``DistributedError`` as ``split(_:into:)`` does, on all ranks.
  /// - Complexity: O(count of the layout) to communicate.
  public mutating func join<
    Weights: TensorTree<BFloat16>, Parameters: TensorTree<Float>
  >(
    _ weights: Weights, into parameters: inout Parameters
  ) throws(DistributedError) {
    try checkIsUsable()
    let tensors = CallerTensors<Float>()
    tensors.read(weights: weights, expected: layout.tensors)
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    try agree(onTrees: tensors, in: .join)
    state.join(tensors, isOfModel: true)
    try gatherShards(tensors, isSplit: false)
  }

  /// Checks trees of all weights and parameters on each rank: all ranks go on,
  /// or all throw.
  private mutating func agree(
    onTrees tensors: CallerTensors<Float>, in call: CollectiveCall
  ) throws(DistributedError) {
    let checked = prepared { optimizer throws(AdEMAMixError) in
      try optimizer.checkWhole(tensors)
    }
    try agree(on: checked, in: call)
  }

  /// Exchanges the average with weights that are split, on all ranks, as
  /// `AdEMAMix.swapAverage(with:)` does.
  ///
  /// - Throws: ``DistributedError`` as the call on other parameters does, on
  ///   all ranks.
  /// - Complexity: O(count of the layout) to communicate.
  public mutating func swapAverage<Weights: TensorTree<BFloat16>>(
    with weights: inout Weights
  ) throws(DistributedError) {
    try checkIsUsable()
    let tensors = state.trees(leaving: [])
    tensors.weights.take(from: &weights, expected: layout.tensors)
    defer { tensors.putBack(weights: &weights) }
    try swapAverage(tensors)
  }

  /// Copies the upper parts of one rank's weights to all others.
  ///
  /// Corrections stay: the call is for a program that has changed weights on
  /// one rank. ``split(_:into:)`` sets both.
  ///
  /// - Throws: ``DistributedError`` as the call on other parameters does, on
  ///   all ranks.
  /// - Complexity: O(count of the layout + number of tensors).
  public mutating func broadcast<Weights: TensorTree<BFloat16>>(
    _ weights: inout Weights, from root: Int = 0
  ) throws(DistributedError) {
    try checkIsUsable()
    let tensors = state.trees(leaving: [])
    tensors.weights.take(from: &weights, expected: layout.tensors)
    defer { tensors.putBack(weights: &weights) }
    try broadcast(tensors, from: root)
  }

  /// Saves the state and weights that are split. Each rank writes a file of its
  /// shard.
  ///
  /// - Parameters:
  ///   - folder: A folder for the checkpoints of one run, as for other
  ///     parameters.
  ///   - weights: A tree of the upper parts of all weights. Their corrections
  ///     belong to the state.
  ///   - keptCount: The number of checkpoints to keep.
  ///   - metadata: Texts by name that the run needs to go on.
  /// - Returns: The path of the checkpoint's own folder.
  /// - Throws: ``DistributedError`` as with other parameters, on all ranks.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func save<Weights: TensorTree<BFloat16>>(
    in folder: String, parameters weights: Weights,
    keepingLast keptCount: Int = 3, metadata: [String: String] = [:]
  ) throws(DistributedError) -> String {
    try checkIsUsable()
    let tensors = CallerTensors<Float>()
    tensors.read(weights: weights, expected: layout.tensors)
    return try save(
      in: folder, tensors, keepingLast: keptCount, metadata)
  }
}

#endif
