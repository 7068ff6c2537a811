//===--- Checkpoint.swift - a file, and what can be made of it ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
internal import SafeTensors

/// A checkpoint that is open: what it is of, and everything that it has.
///
///     let checkpoint = try Checkpoint<Float>("run/1000.safetensors")
///     print(checkpoint.stepCount, checkpoint.metadata)
///     var optimizer = try checkpoint.optimizer()
///     var parameters = try checkpoint.parameters()
///
/// The file's header is verified when it is opened, with the names, types and
/// shapes of all tensors, and the elements when they are read.
public struct Checkpoint<Scalar: OptimizerScalar>: ~Copyable, Sendable {
  /// The groups, and the tensors in the order of the flat index space.
  public var layout: ParameterLayout { header.record.layout }

  /// The part of the flat index space that the file has.
  public var shard: Range<Int> { header.record.shard }

  /// The texts that the caller added when the file was saved.
  public var metadata: [String: String] { header.metadata }

  /// The number of steps completed.
  public var stepCount: Int { header.record.counts.steps }

  /// Whether the file has the parameters.
  public let hasParameters: Bool

  /// Whether the file has an average of the parameters.
  public var hasAverage: Bool { header.average != nil }

  /// How the steps were computed, or `nil` where the file, of an earlier version or
  /// another program, does not say.
  public var engine: Engine? { header.engine }

  /// Whether all numbers of groups that are not frozen are finite: parameters,
  /// their average, moments and accumulated gradients. `nil` where the file, of an
  /// earlier version or another program, does not say.
  public var isFinite: Bool? { header.isFinite }

  var path: String { file.path }

  let header: CheckpointHeader
  let file: SafeTensorsReader

  /// Opens a file that was saved with this scalar type.
  ///
  /// - Throws: ``CheckpointError``.
  /// - Complexity: O(number of tensors).
  public init(_ path: String) throws(CheckpointError) {
    self = try Self.opened(path)
  }

  private init(
    _ file: consuming SafeTensorsReader, _ header: CheckpointHeader
  ) {
    hasParameters = file.tensors.contains {
      // By bytes: a mark that begins a tensor's name would join the slash.
      $0.name.utf8.starts(with: "\(TensorPrefix.parameter.rawValue)/".utf8)
    }
    self.file = file
    self.header = header
  }

  private static func opened(
    _ path: String
  ) throws(CheckpointError) -> Checkpoint {
    let file = try CheckpointError.wrapping {
      () throws(SafeTensorsError) in
      try SafeTensorsReader(path: path, checksums: .required)
    }
    let header = try CheckpointHeader(decoding: file)
    guard header.scalarType == Scalar.scalarType else {
      throw .scalarType(header.scalarType, expected: Scalar.scalarType)
    }
    try CheckpointError.wrapping { () throws(AdEMAMixError) in
      for group in header.record.layout.groups {
        try group.storage.check(group: group.name, in: Scalar.self)
      }
    }
    let checkpoint = Checkpoint(file, header)
    try checkpoint.requireTensors()
    return checkpoint
  }
}

extension Checkpoint {
  /// The optimizer as it was saved: it goes on with the same bits.
  ///
  /// - Parameters:
  ///   - engine: How a step is computed. `nil` is ``engine``. Where the file does
  ///     not say one, or one that does not work on its moments, `nil` is `blas`, or
  ///     `fused` where a group stores its moments in fewer bits.
  ///   - threads: As for an optimizer made anew.
  /// - Returns: The optimizer, all its elements being verified.
  /// - Throws: ``CheckpointError``.
  /// - Complexity: O(count of the shard).
  public func optimizer(
    engine: Engine? = nil, threads: Int? = nil
  ) throws(CheckpointError) -> AdEMAMix<Scalar> {
    try optimizer(clock: nil, engine: engine, threads: threads)
  }

  /// The optimizer, its schedules going by another clock than when it was saved.
  func optimizer(
    clock: StepClock?, engine: Engine?, threads: Int?
  ) throws(CheckpointError) -> AdEMAMix<Scalar> {
    var record = header.record
    if let clock { record.clock = clock }
    let optimizer: AdEMAMix<Scalar> = try record.optimizer(
      engine: engine, savedWith: self.engine, threads: threads)
    for piece in optimizer.stateBufferViews {
      try read(piece, of: shard)
    }
    return optimizer
  }

  /// The parameters of the shard, one tensor behind the other.
  ///
  /// - Returns: As many as ``shard`` has elements.
  /// - Throws: ``CheckpointError``: ``CheckpointError/noParameters`` where the
  ///   file has none.
  /// - Complexity: O(count of the shard).
  public func parameters() throws(CheckpointError) -> [Scalar] {
    guard hasParameters || fileSlices(.parameter).isEmpty else {
      throw .noParameters
    }
    // The storage of all empty arrays, which this would write to, is one.
    if shard.isEmpty { return [] }
    return try unsafe Array(unsafeUninitializedCapacity: shard.count) {
      (parameters, count) throws(CheckpointError) in
      try unsafe read(.parameter, into: parameters)
      count = shard.count
    }
  }

  /// The average as it was saved: it goes on with the same bits.
  ///
  /// - Parameter threads: As for an average made anew.
  /// - Returns: The average, all its elements being verified.
  /// - Throws: ``CheckpointError``: ``CheckpointError/noAverage`` where the file
  ///   has none.
  /// - Complexity: O(count of the shard).
  public func average(
    threads: Int? = nil
  ) throws(CheckpointError) -> ParameterAverage<Scalar> {
    try average(decay: nil, sizes: nil, threads: threads)
  }

  /// The average with another decay, cut into tensors of other sizes.
  func average(
    decay: Schedule?, sizes: [Int]?, threads: Int?
  ) throws(CheckpointError) -> ParameterAverage<Scalar> {
    guard var record = header.average else { throw .noAverage }
    if let decay { record.decay = decay }
    let average = try CheckpointError.wrapping {
      () throws(ParameterAverageError) -> ParameterAverage<Scalar> in
      try .restored(
        record, count: shard.count, sizes: sizes, threads: threads)
    }
    try unsafe read(.average, into: average.storedElements)
    return average
  }
}

extension OptimizerRecord {
  /// An optimizer with this state, its buffers' elements being 0.
  ///
  /// - Parameters:
  ///   - engine: How a step is computed. `nil` is the engine that steps were
  ///     computed with, if it works on the groups' storage; else the default one,
  ///     or the only one that does.
  ///   - saved: The engine that steps were computed with, where the file says it.
  ///   - threads: As for an optimizer made anew.
  /// - Returns: The optimizer.
  /// - Throws: ``CheckpointError``, before memory is taken for buffers that are
  ///   not stored.
  func optimizer<Scalar: OptimizerScalar>(
    engine: Engine?, savedWith saved: Engine?, threads: Int?
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
