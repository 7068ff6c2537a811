//===--- AdEMAMix+Load.swift - the state, out of a file -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
internal import SafeTensors

extension AdEMAMix {
  /// An optimizer as a file has it: layout, hyperparameters, schedules, options,
  /// counts and moments. It goes on with the same bits.
  ///
  ///     var optimizer = try AdEMAMix<Float>(checkpoint: path)
  ///
  /// - Parameters:
  ///   - path: A file that ``save(to:parameters:)`` wrote.
  ///   - engine: How a step is computed.
  ///   - threads: As for an optimizer made anew.
  /// - Throws: ``CheckpointError``.
  /// - Complexity: O(count of the shard).
  public init(
    checkpoint path: String, engine: Engine = .blas, threads: Int? = nil
  ) throws(CheckpointError) {
    self = try Checkpoint(path).optimizer(engine: engine, threads: threads)
  }

  /// Takes over the state of a file: hyperparameters, schedules, options, counts
  /// and moments. The layout must be the same, but for hyperparameters and
  /// freezing.
  ///
  /// - Parameters:
  ///   - path: A file that ``save(to:parameters:)`` wrote.
  ///   - parameters: Where the parameters of the file go, if it has them.
  /// - Throws: ``CheckpointError``. Then nothing has changed.
  /// - Complexity: O(count of the shard), in memory too while loading.
  public mutating func load(
    from path: String, parameters: inout [Scalar]
  ) throws(CheckpointError) {
    guard parameters.count == shard.count else {
      throw .parameterCount(parameters.count, expected: shard.count)
    }
    let file = try Checkpoint(path)
    let loaded = try loaded(file)
    // Only now is nothing left to refuse but the parameters themselves.
    parameters = try file.parameters(of: loaded)
    adopt(loaded)
  }

  /// Takes over the state of a file, without parameters.
  public mutating func load(from path: String) throws(CheckpointError) {
    adopt(try loaded(Checkpoint(path)))
  }

  private func loaded(
    _ file: borrowing Checkpoint
  ) throws(CheckpointError) -> AdEMAMix {
    try file.header.check(layout, shard: shard)
    return try file.optimizer(
      engine: engine, threads: splitting.threadCount)
  }
}

/// A file that is open and says that it is a checkpoint.
struct Checkpoint: ~Copyable {
  private let file: SafeTensorsReader
  let header: CheckpointHeader

  init(_ path: String) throws(CheckpointError) {
    let file = try CheckpointError.wrapping {
      () throws(SafeTensorsError) in
      try SafeTensorsReader(path: path, checksums: .required)
    }
    header = try CheckpointHeader(file.metadata)
    self.file = file
  }

  private var hasParameters: Bool {
    file.tensors.contains { $0.name.hasPrefix("parameter/") }
  }

  /// The optimizer, with all elements read and verified.
  func optimizer<Scalar: OptimizerScalar>(
    engine: Engine, threads: Int?
  ) throws(CheckpointError) -> AdEMAMix<Scalar> {
    guard header.scalarType == Scalar.scalarType else {
      throw .scalarType(header.scalarType, expected: Scalar.scalarType)
    }
    let optimizer = try CheckpointError.wrapping {
      () throws(AdEMAMixError) -> AdEMAMix<Scalar> in
      try .restored(header.record, engine: engine, threads: threads)
    }
    let pieces = optimizer.statePieces
    var expected = pieces.map { $0.description(in: optimizer.layout) }
    if hasParameters {
      expected += optimizer.parameterPieces.map(\.description)
    }
    do throws(SafeTensorsError) {
      try file.requireTensors(expected)
      for piece in pieces {
        try unsafe file.read(
          piece.description(in: optimizer.layout).name,
          into: [UnsafeMutableRawBufferPointer(piece.elements)])
      }
    } catch {
      throw .file(error)
    }
    for piece in pieces where piece.buffer == .nu {
      if let index = unsafe piece.elements.firstIndex(where: { $0 < 0 }) {
        throw .negativeSecondMoment(
          value: unsafe Double(piece.elements[index]), index: index,
          tensor: optimizer.layout.tensors[piece.tensor].name)
      }
    }
    return optimizer
  }

  /// The parameters that were saved with an optimizer.
  func parameters<Scalar: OptimizerScalar>(
    of optimizer: borrowing AdEMAMix<Scalar>
  ) throws(CheckpointError) -> [Scalar] {
    guard hasParameters else { throw .noParameters }
    var parameters = [Scalar](repeating: 0, count: optimizer.shard.count)
    do throws(SafeTensorsError) {
      try unsafe parameters.withUnsafeMutableBufferPointer {
        (parameters) throws(SafeTensorsError) in
        for piece in optimizer.parameterPieces {
          try unsafe file.read(
            piece.description.name,
            into: [
              UnsafeMutableRawBufferPointer(
                UnsafeMutableBufferPointer(rebasing: parameters[piece.range]))
            ])
        }
      }
    } catch {
      throw .file(error)
    }
    return parameters
  }
}

extension CheckpointHeader {
  /// Checks that the file is about a layout, but for hyperparameters and
  /// freezing.
  func check(
    _ layout: ParameterLayout, shard: Range<Int>
  ) throws(CheckpointError) {
    let names = record.groups.map(\.group.name)
    let expectedNames = layout.groups.map(\.name)
    guard names == expectedNames else {
      throw .groups(names, expected: expectedNames)
    }
    for (stored, group) in zip(record.groups, layout.groups) {
      let names = stored.group.tensors.map(\.name)
      let expectedNames = group.tensors.map(\.name)
      guard names == expectedNames else {
        throw .groupTensors(names, expected: expectedNames, group: group.name)
      }
      for (tensor, expected) in zip(stored.group.tensors, group.tensors)
      where tensor.shape != expected.shape {
        throw .shape(
          tensor.shape, expected: expected.shape, tensor: tensor.name)
      }
    }
    let expectedOrder = layout.tensors.map(\.name)
    guard record.order == expectedOrder else {
      throw .tensorOrder(record.order, expected: expectedOrder)
    }
    guard record.shardRange == shard else {
      throw .shard(record.shardRange ?? 0..<0, expected: shard)
    }
  }
}
