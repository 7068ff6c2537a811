//===--- CheckpointFile.swift - one file that is open ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

/// A file that is open, with its header verified.
struct CheckpointFile<Scalar: OptimizerScalar>: ~Copyable, Sendable {
  let header: CheckpointHeader
  let file: SafeTensorsReader
  let hasParameters: Bool

  var path: String { file.path }
  var shard: Range<Int> { header.record.shard }
  var hasAverage: Bool { header.average != nil }
  var engine: StepEngine? { header.engine }
  var isFinite: Bool? { header.isFinite }

  /// Opens a file that was saved with this scalar type.
  init(_ path: String) throws(CheckpointError) {
    self = try Self.opened(path)
  }

  private init(
    _ file: consuming SafeTensorsReader, _ header: CheckpointHeader
  ) {
    hasParameters = file.tensors.contains {
      // The comparison is one of bytes: a combining mark at the beginning of a
      // tensor's name would join the slash.
      $0.name.utf8.starts(with: "\(TensorPrefix.parameter.rawValue)/".utf8)
    }
    self.file = file
    self.header = header
  }

  private static func opened(
    _ path: String
  ) throws(CheckpointError) -> CheckpointFile {
    let file = try CheckpointError.wrapping {
      () throws(SafeTensorsError) in
      try SafeTensorsReader(path: path, checksums: .required)
    }
    let header = try CheckpointHeader(decoding: file)
    guard header.scalarType == Scalar.scalarType else {
      throw .scalarType(header.scalarType, expected: Scalar.scalarType)
    }
    try CheckpointError.wrapping { () throws(AdEMAMixError) in
      try header.record.weights.check(nil, in: Scalar.self)
      for group in header.record.layout.groups {
        try group.storage.check(group: group.name, in: Scalar.self)
      }
    }
    let checkpoint = CheckpointFile(file, header)
    try checkpoint.requireTensors()
    return checkpoint
  }
}

extension CheckpointFile {
  /// The optimizer as it was saved, or with other settings.
  ///
  /// - Parameters:
  ///   - record: The record of the file, with code for functions, and maybe
  ///     with other schedules and options.
  ///   - engine: The engine that computes a step.
  ///   - threads: The largest number of threads of a step.
  /// - Returns: The optimizer.
  /// - Throws: ``CheckpointError``.
  func optimizer(
    _ record: OptimizerRecord, engine: StepEngine?, threads: Int?
  ) throws(CheckpointError) -> AdEMAMix<Scalar> {
    let optimizer: AdEMAMix<Scalar> = try record.optimizer(
      engine: engine, savedWith: self.engine, threads: threads)
    for view in optimizer.stateBufferViews {
      try read(view, of: shard)
    }
    return optimizer
  }

  /// The parameters of the shard, one tensor behind the other.
  func parameters() throws(CheckpointError) -> [Scalar] {
    guard hasParameters || fileSlices(.parameter).isEmpty else {
      throw .noParameters
    }
    // All empty arrays share one storage, which must not be written to.
    if shard.isEmpty { return [] }
    if let split = try splitWeights() { return split.scalars() }
    return try unsafe Array(unsafeUninitializedCapacity: shard.count) {
      (parameters, count) throws(CheckpointError) in
      try unsafe read(.parameter, into: parameters)
      count = shard.count
    }
  }

  /// Both parts of the weights of the shard, or `nil` where they are not split.
  func splitWeights() throws(CheckpointError) -> SplitElements? {
    let format = header.record.weights
    if format == .scalar { return nil }
    guard hasParameters || fileSlices(.parameter).isEmpty else {
      throw .noParameters
    }
    var split = SplitElements(count: shard.count, format)
    try split.read(self, of: shard)
    return split
  }

  /// The average as it was saved, or with another decay or other sizes of its
  /// tensors.
  ///
  /// `functions` have code for the decay of the file.
  func average(
    decay: HyperparameterSchedule?, functions: ScheduleFunctions,
    sizes: [Int]?, threads: Int?
  ) throws(CheckpointError) -> ParameterAverage<Scalar> {
    let record = try header.averageRecord(decay: decay, functions: functions)
    let average = try CheckpointError.wrappingAverage {
      () throws(AdEMAMixError) -> ParameterAverage<Scalar> in
      try .restored(
        record, count: shard.count, sizes: sizes, threads: threads)
    }
    try unsafe read(.average, into: average.storedElements)
    return average
  }
}

extension OptimizerRecord {
  /// An optimizer with this state, apart from the elements of its buffers,
  /// which are 0.
  ///
  /// - Parameters:
  ///   - engine: The engine that computes a step. `nil` stands for the engine
  ///     that the steps were computed with, if that works on the groups'
  ///     storage, and otherwise for the default engine or the only one that
  ///     does.
  ///   - saved: The engine that the steps were computed with, if the file names
  ///     it.
  ///   - threads: The largest number of threads of a step.
  /// - Returns: The optimizer.
  /// - Throws: ``CheckpointError``, before memory is taken for buffers that are
  ///   not stored.
  func optimizer<Scalar: OptimizerScalar>(
    engine: StepEngine?, savedWith saved: StepEngine?, threads: Int?
  ) throws(CheckpointError) -> AdEMAMix<Scalar> {
    if let index = groupOfImpossibleBuffers(of: Scalar.self) {
      throw .storedBuffers(
        groups[index].buffers.map(\.word), group: layout.groups[index].name)
    }
    let isFull = layout.groups.allSatisfy { $0.storage.isFull }
    return try CheckpointError.wrapping { () throws(AdEMAMixError) in
      try .restored(
        self, engine: engine ?? (isFull ? saved ?? .blas : .fused),
        threads: threads)
    }
  }
}
