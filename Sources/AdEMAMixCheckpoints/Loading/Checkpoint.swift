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
  public let layout: ParameterLayout

  /// The part of the flat index space that the file has.
  public let shard: Range<Int>

  /// What the caller added when the file was saved.
  public var metadata: [String: String] { header.metadata }

  /// The number of steps completed.
  public var stepCount: Int { header.record.counts.steps }

  /// Whether the file has the parameters.
  public let hasParameters: Bool

  /// Whether the file has an average of the parameters.
  public var hasAverage: Bool { header.average != nil }

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
    _ file: consuming SafeTensorsReader, _ header: CheckpointHeader,
    _ layout: ParameterLayout, shard: Range<Int>
  ) {
    hasParameters = file.tensors.contains {
      // By bytes: a mark that begins a tensor's name would join the slash.
      $0.name.utf8.starts(with: "\(TensorPrefix.parameter.rawValue)/".utf8)
    }
    self.file = file
    self.header = header
    self.layout = layout
    self.shard = shard
  }

  private static func opened(
    _ path: String
  ) throws(CheckpointError) -> Checkpoint {
    let file = try CheckpointError.wrapping {
      () throws(SafeTensorsError) in
      try SafeTensorsReader(path: path, checksums: .required)
    }
    let header = try CheckpointHeader(decoding: file.metadata)
    guard header.scalarType == Scalar.scalarType else {
      throw .scalarType(header.scalarType, expected: Scalar.scalarType)
    }
    let record = header.record
    let layout = try CheckpointError.wrapping { () throws(AdEMAMixError) in
      let groups = record.groups.map(\.group)
      for group in groups {
        try group.storage.check(group: group.name, in: Scalar.self)
      }
      return try ParameterLayout(groups, order: record.order)
    }
    guard let shard = record.shardRange, shard.lowerBound >= 0,
      shard.upperBound <= layout.count
    else { throw .malformedShard(record.shard, count: layout.count) }
    let checkpoint = Checkpoint(file, header, layout, shard: shard)
    try checkpoint.requireTensors()
    return checkpoint
  }
}

extension Checkpoint {
  /// The optimizer as it was saved: it goes on with the same bits.
  ///
  /// - Parameters:
  ///   - engine: How a step is computed. `nil` is `blas`, or `fused` where a
  ///     group stores its moments in fewer bits, which no other engine works on.
  ///   - threads: As for an optimizer made anew.
  /// - Returns: The optimizer, all its elements being verified.
  /// - Throws: ``CheckpointError``.
  /// - Complexity: O(count of the shard).
  public func optimizer(
    engine: Engine? = nil, threads: Int? = nil
  ) throws(CheckpointError) -> AdEMAMix<Scalar> {
    let optimizer = try CheckpointError.wrapping {
      () throws(AdEMAMixError) -> AdEMAMix<Scalar> in
      try .restored(
        header.record, layout, shard: shard,
        engine: engine ?? layout.engineForStorage, threads: threads)
    }
    for piece in optimizer.statePieces {
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
    guard hasParameters || pieces(.parameter).isEmpty else {
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
    try average(sizes: nil, threads: threads)
  }

  /// The average, cut into tensors of other sizes.
  func average(
    sizes: [Int]?, threads: Int?
  ) throws(CheckpointError) -> ParameterAverage<Scalar> {
    guard let record = header.average else { throw .noAverage }
    let average = try CheckpointError.wrapping {
      () throws(ParameterAverageError) -> ParameterAverage<Scalar> in
      try .restored(
        record, count: shard.count, sizes: sizes, threads: threads)
    }
    try unsafe read(.average, into: average.storedElements)
    return average
  }
}

extension ParameterLayout {
  /// The default engine, or the only one that works on the groups' storage.
  var engineForStorage: Engine {
    groups.allSatisfy { $0.storage.isFull } ? .blas : .fused
  }
}
