//===--- RunWorker.swift - the processes that make a run ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// A process that makes the steps of a run, alone or as one of several that
/// share each batch.
package protocol RunWorker: ~Copyable {
  /// The number of steps completed.
  var stepCount: Int { get }

  /// The metadata of the checkpoint from which the run goes on; `nil` in a new
  /// run.
  var resumed: [String: String]? { get }

  /// This worker's share of a batch of `sequences`. All shares are equally
  /// long.
  func share(of sequences: Int) -> Range<Int>

  /// The mean of a number over all workers, the same for each of them.
  func mean(_ value: Double) throws -> Double

  /// Whether the run is to end after this step, the same for all workers.
  func isAskedToEnd() throws -> Bool

  /// Makes a step with the mean of all workers' gradients.
  ///
  /// - Parameters:
  ///   - parameters: The parameters, which are the same for all workers, and
  ///     are changed in place.
  ///   - gradients: The gradient of the worker's share of the batch. The step
  ///     may overwrite it.
  /// - Returns: The norm of the mean gradient, before clipping.
  /// - Throws: The errors of the optimizer.
  mutating func step(
    _ parameters: inout [Float], gradients: inout [Float]
  ) throws -> Double?

  /// Makes a step of which `body` hands over one part of the model after the
  /// other.
  ///
  /// - Returns: The norm of the gradient, before clipping.
  /// - Throws: The errors of `body` and of the optimizer.
  mutating func openStep(
    _ body: (OpenStep<Float>) throws -> Void
  ) throws -> Double?

  /// Makes a step on weights that are split.
  ///
  /// - Parameters:
  ///   - weights: The upper parts of the weights, changed in place.
  ///   - gradients: The gradient of the loss by each of them.
  /// - Returns: The norm of the gradient, before clipping.
  /// - Throws: The errors of the optimizer.
  mutating func step(
    _ weights: inout [BFloat16], gradients: [BFloat16]
  ) throws -> Double?

  /// Whether steps take the gradients of one part of the model after the other,
  /// of parameters that stay until the end of the step.
  var takesParts: Bool { get }

  /// Makes a step of which `body` hands over the gradients of one part of the
  /// model after the other.
  ///
  /// - Parameters:
  ///   - parameters: The parameters, which are changed once `body` has ended.
  ///   - body: Gets the parameters, and a closure that takes the gradients of a
  ///     part by its name.
  /// - Returns: The norm of the gradient, before clipping.
  /// - Throws: The errors of `body` and of the optimizer.
  mutating func step(
    _ parameters: inout [Float],
    byParts body: (
      _ parameters: [Float],
      _ take: (_ part: String, UnsafeBufferPointer<Float>) throws -> Void
    ) throws -> Void
  ) throws -> Double?

  /// Saves the run if a checkpoint is due, and after the last step.
  mutating func save(
    _ parameters: [Float], _ record: RunRecord, isLast: Bool) throws

  /// Saves a run whose weights are split, as the other call saves others.
  mutating func save(
    _ weights: [BFloat16], _ record: RunRecord, isLast: Bool) throws

  /// Waits until the last checkpoint is written.
  mutating func finish() throws
}

extension RunWorker where Self: ~Copyable {
  package mutating func step(
    _: inout [BFloat16], gradients _: [BFloat16]
  ) throws -> Double? {
    preconditionFailure("this worker keeps Float weights")
  }

  package mutating func save(
    _: [BFloat16], _: RunRecord, isLast _: Bool
  ) throws {
    preconditionFailure("this worker keeps Float weights")
  }

  package var takesParts: Bool { false }

  package mutating func step(
    _: inout [Float],
    byParts _: (
      [Float], (String, UnsafeBufferPointer<Float>) throws -> Void
    ) throws -> Void
  ) throws -> Double? {
    preconditionFailure("a worker that takes parts makes such steps itself")
  }
}
