//===--- CheckpointContent.swift - what a load needs of a checkpoint ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

/// The state of a shard in a checkpoint, in one file or in several.
protocol CheckpointContent<Scalar>: ~Copyable {
  associatedtype Scalar: OptimizerScalar

  /// The path of the checkpoint.
  var path: String { get }
  /// The metadata, whose record is that of the shard.
  var header: CheckpointHeader { get }
  /// Whether all numbers of the whole checkpoint are finite, if it says so.
  var isFinite: Bool? { get }

  /// The optimizer as it was saved, or with other settings.
  func optimizer(
    _ record: OptimizerRecord, engine: StepEngine?, threads: Int?
  ) throws(CheckpointError) -> AdEMAMix<Scalar>

  /// The parameters of the shard, one tensor behind the other.
  func parameters() throws(CheckpointError) -> [Scalar]

  /// Both parts of the weights of the shard, or `nil` where they are not split.
  func splitWeights() throws(CheckpointError) -> SplitElements?

  /// The average of the shard, or one with another decay.
  func average(
    decay: HyperparameterSchedule?, functions: ScheduleFunctions,
    sizes: [Int]?, threads: Int?
  ) throws(CheckpointError) -> ParameterAverage<Scalar>
}

extension CheckpointContent where Self: ~Copyable {
  /// The groups and tensors.
  var layout: ParameterLayout { header.record.layout }
  /// The texts that the caller added when the checkpoint was saved.
  var metadata: [String: String] { header.metadata }
  /// The number of steps completed.
  var stepCount: Int { header.record.counts.steps }
}

extension CheckpointFile: CheckpointContent {}
