//===--- DistributedAdEMAMix+MixedPrecision.swift - bfloat16 --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix where Scalar == Float {
  /// Makes a step with gradients in bfloat16, and keeps a copy of the
  /// parameters in bfloat16.
  ///
  ///     try optimizer.step(
  ///       &weights, gradients: gradients, bfloat16Copy: &narrowWeights)
  ///
  /// Gradients are sent in bfloat16: 2 bytes an element. The sum over the ranks
  /// is made in `Double`, in the order of the ranks, and rounded once, to
  /// `Float`. The sums take 4 bytes for each element whose moments this rank
  /// keeps, and every engine takes them. With ``StatePlacement/replicated``
  /// the sums are sent as `Float`.
  ///
  /// A rank rounds the parameters of all ranks once they have arrived: a pass
  /// over memory, and no communication.
  ///
  /// - Parameters:
  ///   - parameters: A tree of all parameters, the same on all ranks. The step
  ///     changes them in place.
  ///   - gradients: The gradient of this rank's loss by each parameter, in
  ///     bfloat16 on all ranks.
  ///   - copy: As many elements: each becomes the bfloat16 that is nearest to
  ///     its parameter after the step. Parameters of frozen groups, tensors
  ///     that are left alone, and all of them where the call makes no step,
  ///     leave theirs as they were. A rank may do without a copy.
  ///   - gradientScale: The factor of all ranks' gradients, as in other steps.
  ///   - weight: The weight of this rank's gradient in the mean, as in other
  ///     steps.
  ///   - names: The names of tensors that the call leaves alone, as in other
  ///     steps.
  ///   - diagnostics: Whether the call measures.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError`` as other steps do, on all ranks.
  /// - Complexity: O(count of the layout).
  @discardableResult
  public mutating func step<
    Parameters: TensorTree<Float>, Gradients: TensorTree<BFloat16>,
    Copy: TensorTree<BFloat16>
  >(
    _ parameters: inout Parameters, gradients: Gradients,
    bfloat16Copy copy: inout Copy, gradientScale: Double = 1,
    weight: Double? = nil, leaving names: [String] = [],
    diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let arguments = arguments(
      of: BFloat16.self, gradientScale, weight, leaving: names, diagnostics)
    let tensors = state.trees(leaving: names)
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    tensors.bfloat16Copies.take(from: &copy, expected: layout.tensors)
    defer {
      tensors.bfloat16Copies.putBack(into: &copy)
      tensors.putBack(into: &parameters)
    }
    tensors.bfloat16Gradients.read(gradients, expected: layout.tensors)
    return try advance(tensors, .step, arguments, weight)
  }

  /// Makes a step with gradients in bfloat16, without a copy.
  ///
  /// - Throws: ``DistributedError`` as the step with a copy does, on all ranks.
  @discardableResult
  public mutating func step<
    Parameters: TensorTree<Float>, Gradients: TensorTree<BFloat16>
  >(
    _ parameters: inout Parameters, gradients: Gradients,
    gradientScale: Double = 1, weight: Double? = nil,
    leaving names: [String] = [], diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let arguments = arguments(
      of: BFloat16.self, gradientScale, weight, leaving: names, diagnostics)
    let tensors = state.trees(leaving: names)
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    defer { tensors.putBack(into: &parameters) }
    tensors.bfloat16Gradients.read(gradients, expected: layout.tensors)
    return try advance(tensors, .step, arguments, weight)
  }

  /// Completes the step with the gradients that have accumulated on all ranks,
  /// and rounds the parameters into their copy.
  ///
  /// - Throws: ``DistributedError`` as the call without a copy does, on all
  ///   ranks.
  /// - Complexity: O(count of the layout).
  @discardableResult
  public mutating func completeStep<
    Parameters: TensorTree<Float>, Copy: TensorTree<BFloat16>
  >(
    _ parameters: inout Parameters, bfloat16Copy copy: inout Copy,
    diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let tensors = state.trees(leaving: [])
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    tensors.bfloat16Copies.take(from: &copy, expected: layout.tensors)
    defer {
      tensors.bfloat16Copies.putBack(into: &copy)
      tensors.putBack(into: &parameters)
    }
    return try advance(
      tensors, .completion, StepArguments(diagnostics: diagnostics), nil)
  }

  /// Writes the update for gradients in bfloat16.
  ///
  /// - Throws: ``DistributedError`` as the call with other gradients does, on
  ///   all ranks.
  /// - Complexity: O(count of the layout).
  @discardableResult
  public mutating func writeUpdate<
    Updates: TensorTree<Float>, Gradients: TensorTree<BFloat16>
  >(
    into updates: inout Updates, gradients: Gradients,
    gradientScale: Double = 1, weight: Double? = nil,
    leaving names: [String] = [], diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let arguments = arguments(
      of: BFloat16.self, gradientScale, weight, leaving: names, diagnostics)
    let tensors = state.trees(leaving: names)
    tensors.parameters.take(from: &updates, expected: layout.tensors)
    defer { tensors.putBack(into: &updates) }
    tensors.bfloat16Gradients.read(gradients, expected: layout.tensors)
    return try advance(tensors, .update, arguments, weight)
  }
}

#endif
