//===--- CheckpointPart.swift - the state of a shard in some files --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

/// The state of a shard in a checkpoint whose files may be of other shards.
struct CheckpointPart<Scalar: OptimizerScalar>: CheckpointContent {
  let path: String
  let header: CheckpointHeader
  private let files: CheckpointFiles<Scalar>

  /// The part of a checkpoint.
  ///
  /// - Parameters:
  ///   - path: The path of the checkpoint.
  ///   - shard: A part of the flat index space.
  ///   - files: The files of the checkpoint.
  ///   - first: The header of one of them.
  /// - Throws: ``CheckpointError`` for files that lack the shard, or differ.
  init(
    _ path: String, _ shard: Range<Int>, of files: CheckpointFiles<Scalar>,
    _ first: CheckpointHeader
  ) throws(CheckpointError) {
    self.path = path
    self.files = files
    header = CheckpointHeader(
      scalarType: first.scalarType, engine: first.engine,
      openBLAS: first.openBLAS, isFinite: first.isFinite,
      record: try files.record(of: shard),
      average: try files.averageRecord(of: shard), metadata: first.metadata)
  }

  private var shard: Range<Int> { header.record.shard }

  var isFinite: Bool? { files.isFinite }

  func optimizer(
    _ record: OptimizerRecord, engine: StepEngine?, threads: Int?
  ) throws(CheckpointError) -> AdEMAMix<Scalar> {
    try files.optimizer(
      record, engine: engine, savedWith: header.engine, threads: threads)
  }

  func parameters() throws(CheckpointError) -> [Scalar] {
    try files.parameters(of: shard)
  }

  func splitWeights() throws(CheckpointError) -> SplitElements? {
    try files.splitWeights(of: shard)
  }

  func average(
    decay: HyperparameterSchedule?, functions: ScheduleFunctions,
    sizes: [Int]?, threads: Int?
  ) throws(CheckpointError) -> ParameterAverage<Scalar> {
    try files.average(
      header.averageRecord(decay: decay, functions: functions), of: shard,
      sizes: sizes, threads: threads)
  }
}
