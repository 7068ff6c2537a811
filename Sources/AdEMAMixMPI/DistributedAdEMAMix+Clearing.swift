//===--- DistributedAdEMAMix+Clearing.swift - gradients become 0 ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix

extension DistributedAdEMAMix {
  /// Makes a step, and sets this rank's gradients to 0, so that the next
  /// backward pass can add to them.
  ///
  ///     try optimizer.step(&parameters, clearing: &gradients)
  ///
  /// All gradients become 0: also those of a micro-batch that completes no
  /// step, of a frozen group, and of a call that skips its step. Sums over the
  /// ranks take the place of gradients that lie in a single array or buffer,
  /// and need no memory there.
  ///
  /// - Parameters:
  ///   - parameters: A tree of all parameters, the same on all ranks.
  ///   - gradients: The gradient of this rank's loss by each parameter. They
  ///     must share memory with nothing.
  ///   - gradientScale: The factor of all ranks' gradients, as in other steps.
  ///   - weight: The weight of this rank's gradient in the mean, as in other
  ///     steps.
  ///   - names: The names of tensors that the call leaves alone, as in other
  ///     steps.
  ///   - diagnostics: Whether the call measures.
  /// - Returns: A report of the call, the same on all ranks.
  /// - Throws: ``DistributedError`` as other steps do, on all ranks. Then
  ///   parameters and state are unchanged, and so are gradients unless the
  ///   options refuse their mean.
  /// - Complexity: O(count of the layout).
  @discardableResult
  public mutating func step<
    Parameters: TensorTree<Scalar>, Gradients: TensorTree<Scalar>
  >(
    _ parameters: inout Parameters, clearing gradients: inout Gradients,
    gradientScale: Double = 1, weight: Double? = nil,
    leaving names: [String] = [], diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let arguments = arguments(
      of: Scalar.self, gradientScale, weight, leaving: names, diagnostics)
    let tensors = state.trees(leaving: names)
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    tensors.take(clearing: &gradients, expected: layout.tensors)
    defer {
      tensors.gradients.putBack(into: &gradients)
      tensors.putBack(into: &parameters)
    }
    return try advance(
      tensors, .step, arguments, weight, isInPlace: tensors.isFlat)
  }
}

extension DistributedAdEMAMix where Scalar == Float {
  /// Makes a step with gradients in bfloat16, sets them to 0, and keeps a copy
  /// of the parameters.
  ///
  /// - Throws: ``DistributedError`` as other steps with gradients in bfloat16
  ///   do, on all ranks, and for gradients that must not be changed.
  /// - Complexity: O(count of the layout).
  @discardableResult
  public mutating func step<
    Parameters: TensorTree<Float>, Gradients: TensorTree<BFloat16>,
    Copy: TensorTree<BFloat16>
  >(
    _ parameters: inout Parameters, clearing gradients: inout Gradients,
    bfloat16Copy copy: inout Copy, gradientScale: Double = 1,
    weight: Double? = nil, leaving names: [String] = [],
    diagnostics: Bool = false
  ) throws(DistributedError) -> StepReport {
    try checkIsUsable()
    let arguments = arguments(
      of: BFloat16.self, gradientScale, weight, leaving: names, diagnostics)
    let tensors = state.trees(leaving: names)
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    tensors.take(clearingBFloat16: &gradients, expected: layout.tensors)
    tensors.bfloat16Copies.take(from: &copy, expected: layout.tensors)
    defer {
      tensors.bfloat16Gradients.putBack(into: &gradients)
      tensors.bfloat16Copies.putBack(into: &copy)
      tensors.putBack(into: &parameters)
    }
    return try advance(tensors, .step, arguments, weight)
  }
}

#endif
