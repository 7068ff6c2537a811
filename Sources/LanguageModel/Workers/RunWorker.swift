//===--- RunWorker.swift - who makes the steps of a run -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A process that makes the steps of a run: alone, or as one of several that
/// share each batch.
package protocol RunWorker: ~Copyable {
  /// The number of steps completed.
  var stepCount: Int { get }

  /// The metadata of the checkpoint that it goes on from.
  var resumed: [String: String]? { get }

  /// Its part of a batch of so many sequences. All parts are equally long.
  func share(of sequences: Int) -> Range<Int>

  /// The mean of a number over all workers, the same for each of them.
  func mean(_ value: Double) throws -> Double

  /// Makes a step with the mean of all workers' gradients.
  ///
  /// - Parameters:
  ///   - parameters: The same for all workers; changed in place.
  ///   - gradients: Those of the worker's part of the batch; anything afterwards.
  /// - Returns: The norm of the mean, before clipping.
  /// - Throws: What the optimizer does.
  mutating func step(
    _ parameters: inout [Float], gradients: inout [Float]
  ) throws -> Double?

  /// Saves the run when it is due, and after the last step.
  mutating func save(
    _ parameters: [Float], _ record: RunRecord, isLast: Bool) throws

  /// Waits for what is being saved.
  mutating func finish() throws
}
