//===--- SafeTensorsReader.swift - files of tensors, checked --------------===//
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
/// The whole header is checked against the file first. As in other readers,
/// fields of a tensor that the format does not have are ignored. A name, key or
/// field that occurs twice is refused, while other readers take the last one.
/// Elements go from the file into the caller's memory without another copy, and
/// their checksums are verified on the way.
///
/// Several threads may read from one file. A call reads a large tensor on
/// several threads of its own, at most ``threadCount``.
public struct SafeTensorsReader: ~Copyable, Sendable {
  /// The path at which the file was opened.
  public let path: String
  /// The tensors, in the order of their elements in the file.
  public let tensors: [StoredTensor]
  /// The texts that come with the tensors, without checksums.
  public let metadata: Metadata
  /// Whether the file has a checksum of its header and of each tensor.
  public let hasChecksums: Bool

  /// The most threads that a call reads on, at least 1.
  public let threadCount: Int

  let file: FileDescriptor
  let dataStart: Int
  private let names: NameOrder

  /// Opens a file, and checks its header.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - policy: The checksums that the file must have.
  ///   - threads: The most threads that a call reads on, at least 1. `nil`
  ///     stands for all processors of the system.
  /// - Throws: ``SafeTensorsError``. A header that breaks a rule is always
  ///   found here.
  /// - Complexity: O(*n* log *n*) for a header of *n* bytes. It takes at most
  ///   some 4 *n* bytes of memory, or 5 *n* for a header that is one list of
  ///   dimensions of one digit.
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
    let headerByteCount = try SafeTensorsError.wrapping(path) {
      () throws(SafeTensorsFault) in
      try Header.byteCount(lengthBytes, fileByteCount: fileByteCount)
    }
    let dataStart = Header.lengthByteCount + headerByteCount
    let headerBytes = try SafeTensorsError.wrapping { () throws(FileError) in
      try file.bytes(
        at: Header.lengthByteCount, count: headerByteCount, path: path)
    }
    let header = try SafeTensorsError.wrapping(path) {
      () throws(SafeTensorsFault) in
      try Header(
        headerBytes, dataByteCount: fileByteCount - dataStart,
        checksums: policy)
    }
    self.path = path
    threadCount = max(1, threads ?? .max)
    self.file = file
    self.dataStart = dataStart
    tensors = header.tensors
    metadata = header.metadata
    hasChecksums = header.hasChecksums
    names = header.names
  }

  /// The tensor of this name, or `nil`.
  ///
  /// - Complexity: O(log *n*) for *n* tensors.
  public func tensor(_ name: String) -> StoredTensor? {
    names.index(of: name, in: tensors).map { tensors[$0] }
  }

  func fault(_ fault: SafeTensorsFault) -> SafeTensorsError {
    .fault(fault, path: path)
  }

  func existing(
    _ name: String
  ) throws(SafeTensorsError) -> StoredTensor {
    guard let tensor = tensor(name) else { throw fault(.missingTensor(name)) }
    return tensor
  }

  /// Checks that the file has these tensors, in any order, and no others.
  ///
  /// - Throws: ``SafeTensorsError``: ``SafeTensorsFault/missingTensor(_:)``,
  ///   ``SafeTensorsFault/scalarType(_:expected:tensor:)``,
  ///   ``SafeTensorsFault/shape(_:expected:tensor:)`` or
  ///   ``SafeTensorsFault/unexpectedTensor(_:)``.
  /// - Complexity: O(*m* log *n*) for *m* expected of *n* tensors.
  public func requireTensors(
    _ expected: [TensorDescription]
  ) throws(SafeTensorsError) {
    var isExpected = [Bool](repeating: false, count: tensors.count)
    for expected in expected {
      guard let index = names.index(of: expected.name, in: tensors) else {
        throw fault(.missingTensor(expected.name))
      }
      isExpected[index] = true
      let tensor = tensors[index]
      guard tensor.scalarType == expected.scalarType else {
        throw fault(
          .scalarType(
            tensor.scalarType, expected: expected.scalarType,
            tensor: expected.name))
      }
      guard tensor.shape == expected.shape else {
        throw fault(
          .shape(
            tensor.shape, expected: expected.shape, tensor: expected.name))
      }
    }
    if let index = isExpected.firstIndex(of: false) {
      throw fault(.unexpectedTensor(tensors[index].name))
    }
  }
}
