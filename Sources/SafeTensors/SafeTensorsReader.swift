//===--- SafeTensorsReader.swift - files of tensors, checked ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A file of tensors in the safetensors format, open for reading.
///
///     let file = try SafeTensorsReader(path: "model.safetensors")
///     for tensor in file.tensors { print(tensor.name, tensor.shape) }
///     var weights = [Float](repeating: 0, count: 784 * 128)
///     var span = weights.mutableSpan
///     try unsafe file.read("weights", into: span.mutableBytes)
///
/// The whole header is checked against the file before anything else. Elements
/// go from the file into the caller's memory, without another copy, and their
/// checksums are verified on the way.
///
/// Several threads may read from one file. Large tensors are read by several
/// threads as they are, ``threadCount`` at most.
public struct SafeTensorsReader: ~Copyable, Sendable {
  /// The path that the file was opened at.
  public let path: String
  /// The tensors, in the order of their elements in the file.
  public let tensors: [StoredTensor]
  /// The texts that come with the tensors, without checksums.
  public let metadata: [String: String]
  /// Whether the file has a checksum of its header and of each tensor.
  public let hasChecksums: Bool

  /// The most threads that a call reads on, at least 1.
  public let threadCount: Int

  let file: FileDescriptor
  let dataStart: Int
  private let indices: [String: Int]

  /// Opens a file, and checks its header.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - policy: Which checksums must be there.
  ///   - threads: The most threads that a call reads on, at least 1. `nil` is
  ///     as many as the system has to give.
  /// - Throws: ``SafeTensorsError``: anything wrong with the header is found
  ///   here.
  /// - Complexity: O(*n* log *n*) for a header of *n* bytes.
  public init(
    path: String, checksums policy: ChecksumPolicy = .whereStored,
    threads: Int? = nil
  ) throws(SafeTensorsError) {
    let file = try SafeTensorsError.wrapping { () throws(FileError) in
      try FileDescriptor(reading: path)
    }
    let (fileByteCount, lengthBytes) = try SafeTensorsError.wrapping {
      () throws(FileError) in
      let count = try file.byteCount(path: path)
      return (
        count,
        try file.bytes(
          at: 0, count: min(count, Header.lengthByteCount), path: path)
      )
    }
    guard fileByteCount >= Header.lengthByteCount + 2 else {
      throw .noHeader(fileByteCount: fileByteCount)
    }
    let length = lengthBytes.reversed().reduce(UInt64(0)) {
      $0 << 8 | UInt64($1)
    }
    guard length <= UInt64(Header.byteCountLimit) else {
      throw .headerTooLong(byteCount: length, limit: Header.byteCountLimit)
    }
    let dataStart = Header.lengthByteCount + Int(length)
    guard dataStart <= fileByteCount else {
      throw .headerCutOff(
        byteCount: Int(length), fileByteCount: fileByteCount)
    }
    let headerBytes = try SafeTensorsError.wrapping { () throws(FileError) in
      try file.bytes(
        at: Header.lengthByteCount, count: Int(length), path: path)
    }
    let header = try Header(
      headerBytes, dataByteCount: fileByteCount - dataStart, checksums: policy)
    self.path = path
    threadCount = max(1, threads ?? .max)
    self.file = file
    self.dataStart = dataStart
    tensors = header.tensors
    metadata = header.metadata
    hasChecksums = header.hasChecksums
    indices = Dictionary(
      uniqueKeysWithValues: header.tensors.enumerated().map {
        ($1.name, $0)
      })
  }

  /// The tensor of this name, or `nil`.
  public func tensor(_ name: String) -> StoredTensor? {
    indices[name].map { tensors[$0] }
  }

  func existing(
    _ name: String
  ) throws(SafeTensorsError) -> StoredTensor {
    guard let tensor = tensor(name) else { throw .missingTensor(name) }
    return tensor
  }

  /// Checks that the file has these tensors, in any order, and no others.
  ///
  /// - Throws: ``SafeTensorsError/missingTensor(_:)``,
  ///   ``SafeTensorsError/scalarType(_:expected:tensor:)``,
  ///   ``SafeTensorsError/shape(_:expected:tensor:)`` or
  ///   ``SafeTensorsError/unexpectedTensor(_:)``.
  /// - Complexity: O(*n*) for *n* tensors.
  public func requireTensors(
    _ expected: [TensorDescription]
  ) throws(SafeTensorsError) {
    var names: Set<String> = []
    for expected in expected {
      names.insert(expected.name)
      let tensor = try existing(expected.name)
      guard tensor.scalarType == expected.scalarType else {
        throw .scalarType(
          tensor.scalarType, expected: expected.scalarType,
          tensor: expected.name)
      }
      guard tensor.shape == expected.shape else {
        throw .shape(
          tensor.shape, expected: expected.shape, tensor: expected.name)
      }
    }
    for tensor in tensors where !names.contains(tensor.name) {
      throw .unexpectedTensor(tensor.name)
    }
  }
}
