//===--- SafeTensorsReader.swift - files of tensors, checked --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
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
/// Elements go from the file into the caller's memory without another copy. The
/// checksums of the elements are verified on the way.
///
/// Several threads may read from one file. A call reads a large tensor on
/// several threads of its own.
public struct SafeTensorsReader: ~Copyable, Sendable {
  /// The path at which the file was opened.
  package let path: String
  /// The tensors, in the order of their elements in the file.
  public let tensors: [TensorDescription]
  /// The texts that come with the tensors, without the checksums that were
  /// verified.
  public let metadata: Metadata
  /// Whether the file has a checksum of its header and of each tensor, and the
  /// policy of the reader is to verify checksums.
  public let hasChecksums: Bool

  /// The most threads that a call reads on, at least 1.
  package let threadCount: Int

  let file: FileDescriptor
  let dataStart: Int
  private let names: NameOrder
  /// The places of the tensors' elements, counted from the end of the header.
  private let byteRanges: [Range<Int>]
  /// The CRC-32C of each tensor's elements, if the file has checksums.
  private let checksums: [UInt32?]

  /// Opens a file, and checks its header.
  ///
  /// - Parameters:
  ///   - path: The path of the file.
  ///   - policy: The checksums that the file must have.
  ///   - threads: The most threads that a call reads on, at least 1. `nil`
  ///     stands for all processors of the system.
  /// - Throws: ``SafeTensorsError``. A header that breaks a rule is always
  ///   found here.
  /// - Complexity: O(*n* log *n*) for a header of *n* bytes. Opening takes at
  ///   most some 4 *n* bytes of memory, or 5 *n* for a header that is one list
  ///   of dimensions of one digit.
  public init(
    path: String, checksums policy: ChecksumPolicy = .whereStored,
    threads: Int? = nil
  ) throws(SafeTensorsError) {
    let file = try SafeTensorsError.wrapping { () throws(FileError) in
      try FileDescriptor(reading: path)
    }
    let (header, dataStart) = try Self.header(of: file, path: path, policy)
    self.path = path
    threadCount = max(1, threads ?? .max)
    self.file = file
    self.dataStart = dataStart
    tensors = header.tensors.map(\.description)
    byteRanges = header.tensors.map(\.byteRange)
    checksums = header.tensors.map(\.checksum)
    metadata = header.metadata
    hasChecksums = header.hasChecksums
    names = header.names
  }

  /// Reads and checks the header of a file. The bytes of the header take memory
  /// until this function returns.
  ///
  /// - Returns: The header, and the place of the first element in the file.
  private static func header(
    of file: borrowing FileDescriptor, path: String, _ policy: ChecksumPolicy
  ) throws(SafeTensorsError) -> (header: Header, dataStart: Int) {
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
    return (header, dataStart)
  }
}

// MARK: - Tensors

extension SafeTensorsReader {
  /// The tensor of this name, or `nil`.
  ///
  /// - Complexity: O(log *n*) for *n* tensors.
  public func tensor(_ name: String) -> TensorDescription? {
    names.index(of: name, in: tensors).map { tensors[$0] }
  }

  /// The tensors with the places of their elements, in the order of these
  /// places.
  ///
  /// - Complexity: O(*n*) for *n* tensors.
  package var storedTensors: [StoredTensor] {
    tensors.indices.map { storedTensor(at: $0) }
  }

  private func storedTensor(at index: Int) -> StoredTensor {
    StoredTensor(
      description: tensors[index], byteRange: byteRanges[index],
      checksum: checksums[index])
  }

  /// The tensor of this name, which the file must have.
  ///
  /// - Throws: ``SafeTensorsFault/missingTensor(_:)``.
  /// - Complexity: O(log *n*) for *n* tensors.
  func existing(
    _ name: String
  ) throws(SafeTensorsError) -> StoredTensor {
    guard let index = names.index(of: name, in: tensors) else {
      throw fault(.missingTensor(name))
    }
    return storedTensor(at: index)
  }

  func fault(_ fault: SafeTensorsFault) -> SafeTensorsError {
    .fault(fault, path: path)
  }

  /// Checks that the file has these tensors, in any order, and no others.
  ///
  /// - Throws: ``SafeTensorsError`` of the code
  ///   ``SafeTensorsError/Code/missingTensor`` or
  ///   ``SafeTensorsError/Code/unexpectedTensor``. The error names the first
  ///   of the expected tensors that is missing or has another type or shape. If
  ///   none is, the error names the first tensor that is not expected.
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
      guard tensor.elementType == expected.elementType else {
        throw fault(
          .scalarType(
            tensor.elementType, expected: expected.elementType,
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
