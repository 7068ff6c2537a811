//===--- OpenStep.swift - a step that takes tensors one by one ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// A step that is open: it takes the gradients of one tensor after the other.
/// ``AdEMAMix/openStep(gradientScale:diagnostics:_:)`` opens and ends it.
///
/// Calls of a step may come from any thread. Updates are made one after the
/// other, each on all threads of the optimizer. A step that has ended refuses
/// all calls.
@safe
public final class OpenStep<Scalar: OptimizerScalar>: @unchecked Sendable {
  /// The optimizer, until the step ends.
  private var optimizer: AdEMAMix<Scalar>?
  private let plan: StepPlan
  /// Changes no more once the step has ended.
  private(set) var findings = OpenStepFindings()
  /// A lock that the thread sanitizer knows.
  private let lock: UnsafeMutablePointer<pthread_mutex_t>

  init(_ optimizer: consuming AdEMAMix<Scalar>, _ plan: StepPlan) {
    self.optimizer = consume optimizer
    self.plan = plan
    unsafe lock = .allocate(capacity: 1)
    unsafe lock.initialize(to: pthread_mutex_t())
    unsafe pthread_mutex_init(lock, nil)
  }

  deinit {
    unsafe pthread_mutex_destroy(lock)
    unsafe lock.deallocate()
  }

  /// Updates a tensor, or the tensors of a part of a model.
  ///
  /// - Parameters:
  ///   - name: The name of a tensor in the layout; or of a part, such as
  ///     "layers.3", to which all tensors belong whose names go on with a
  ///     point. They must be neighbours in the layout.
  ///   - parameters: A tree of the parameters of these tensors, changed in
  ///     place.
  ///   - gradients: The gradient of the loss by each of them.
  /// - Throws: ``AdEMAMixError`` for an unknown name, a tensor that the step
  ///   has updated already, a step that has ended, and as other steps do. Then
  ///   the tensors have not changed, and the step stays open.
  /// - Complexity: O(count of the tensors + number of tensors in the layout).
  public func update<
    Parameters: TensorTree<Scalar>, Gradients: TensorTree<Scalar>
  >(
    _ name: String, _ parameters: inout Parameters, gradients: Gradients
  ) throws(AdEMAMixError) {
    try update(name) { tensors, expected in
      tensors.parameters.take(from: &parameters, expected: expected)
      tensors.gradients.read(gradients, expected: expected)
    } ending: { tensors in
      tensors.putBack(into: &parameters)
    }
  }

  /// Updates a tensor or a part of a model, and sets the gradients to 0 in the
  /// same pass over memory.
  ///
  /// - Throws: ``AdEMAMixError`` as the call that leaves gradients does, and
  ///   for gradients that must not be changed.
  /// - Complexity: O(count of the tensors + number of tensors in the layout).
  public func update<
    Parameters: TensorTree<Scalar>, Gradients: TensorTree<Scalar>
  >(
    _ name: String, _ parameters: inout Parameters,
    clearing gradients: inout Gradients
  ) throws(AdEMAMixError) {
    try update(name) { tensors, expected in
      tensors.parameters.take(from: &parameters, expected: expected)
      tensors.take(clearing: &gradients, expected: expected)
    } ending: { tensors in
      tensors.gradients.putBack(into: &gradients)
      tensors.putBack(into: &parameters)
    }
  }

  /// Makes an update with the lists that `begin` fills and `ending` empties.
  fileprivate func update(
    _ name: String,
    _ begin: (CallerTensors<Scalar>, [ParameterLayout.Tensor]) -> Void,
    ending: (CallerTensors<Scalar>) -> Void
  ) throws(AdEMAMixError) {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    guard var own = optimizer.take() else { throw .stepHasEnded }
    do throws(AdEMAMixError) {
      let range = try own.layout.tensors(named: name, near: findings.last)
      let tensors = own.workspace.tensors
      tensors.setScope(name, range)
      if own.options.allowsMissingGradients { tensors.allowMissingGradients() }
      begin(tensors, own.layout.tensors)
      defer { ending(tensors) }
      try own.update(range, tensors, plan, &findings)
    } catch {
      optimizer = consume own
      throw error
    }
    optimizer = consume own
  }

  /// Ends the step, and hands out the optimizer.
  func end() -> AdEMAMix<Scalar> {
    unsafe pthread_mutex_lock(lock)
    defer { unsafe pthread_mutex_unlock(lock) }
    guard let optimizer = optimizer.take() else {
      preconditionFailure("a step ends once")
    }
    return optimizer
  }
}

extension OpenStep where Scalar == Float {
  /// Updates a tensor or a part of a model with gradients in bfloat16.
  ///
  /// - Throws: ``AdEMAMixError`` as the call on other gradients does, and for
  ///   an engine other than `fused`.
  /// - Complexity: O(count of the tensors + number of tensors in the layout).
  public func update<
    Parameters: TensorTree<Float>, Gradients: TensorTree<BFloat16>
  >(
    _ name: String, _ parameters: inout Parameters, gradients: Gradients
  ) throws(AdEMAMixError) {
    try update(name) { tensors, expected in
      tensors.parameters.take(from: &parameters, expected: expected)
      tensors.bfloat16Gradients.read(gradients, expected: expected)
    } ending: { tensors in
      tensors.putBack(into: &parameters)
    }
  }

  /// Updates a tensor or a part of a model with gradients in bfloat16, and
  /// rounds the parameters into their copy in the same pass over memory.
  ///
  /// - Throws: ``AdEMAMixError`` as the call on other gradients does, and for
  ///   an engine other than `fused`.
  /// - Complexity: O(count of the tensors + number of tensors in the layout).
  public func update<
    Parameters: TensorTree<Float>, Gradients: TensorTree<BFloat16>,
    Copy: TensorTree<BFloat16>
  >(
    _ name: String, _ parameters: inout Parameters, gradients: Gradients,
    bfloat16Copy copy: inout Copy
  ) throws(AdEMAMixError) {
    try update(name) { tensors, expected in
      tensors.parameters.take(from: &parameters, expected: expected)
      tensors.bfloat16Gradients.read(gradients, expected: expected)
      tensors.bfloat16Copies.take(from: &copy, expected: expected)
    } ending: { tensors in
      tensors.bfloat16Copies.putBack(into: &copy)
      tensors.putBack(into: &parameters)
    }
  }

  /// Updates a tensor or a part of a model whose weights are split.
  ///
  /// - Throws: ``AdEMAMixError`` as the call on other gradients does, and for
  ///   an optimizer of other ``AdEMAMix/weights``.
  /// - Complexity: O(count of the tensors + number of tensors in the layout).
  public func update<
    Weights: TensorTree<BFloat16>, Gradients: TensorTree<BFloat16>
  >(
    _ name: String, _ weights: inout Weights, gradients: Gradients
  ) throws(AdEMAMixError) {
    try update(name) { tensors, expected in
      tensors.weights.take(from: &weights, expected: expected)
      tensors.bfloat16Gradients.read(gradients, expected: expected)
    } ending: { tensors in
      tensors.putBack(weights: &weights)
    }
  }
}
