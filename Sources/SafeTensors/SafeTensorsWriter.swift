//===--- SafeTensorsWriter.swift - files of tensors, replaced whole -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// A file of tensors in the safetensors format, being written.
///
///     var file = try SafeTensorsWriter(
///       path: "model.safetensors",
///       tensors: [
///         TensorDescription("bias", .float32, shape: [128]),
///         TensorDescription("weights", .float32, shape: [784, 128]),
///       ],
///       metadata: ["step": "1000"])
///     try unsafe file.append(bias.span.bytes, to: "bias")
///     try unsafe file.append(weights.span.bytes, to: "weights")
///     try file.finish()
///
/// Elements go straight from the caller's memory to the file. Until `finish()`
/// has returned, whoever opens the path finds the file that was there before:
/// see ``AtomicFile``.
///
/// The metadata has a CRC-32C of the elements of each tensor, in 8 hexadecimal
/// digits under `crc32c.` and the tensor's name, and one of the header under
/// `crc32c`, where the 8 bytes of its length come first and zeros take the place
/// of its own digits. In Python, with the package `google-crc32c`:
///
///     data = open("model.safetensors", "rb").read()
///     end = 8 + int.from_bytes(data[:8], "little")
///     header = json.loads(data[8:end])
///     sums = header.pop("__metadata__")
///     own = b'"crc32c":"%s"' % sums["crc32c"].encode()
///     zeroed = data[:end].replace(own, b'"crc32c":"00000000"', 1)
///     assert google_crc32c.value(zeroed) == int(sums["crc32c"], 16)
///     for name, tensor in header.items():
///         first, last = tensor["data_offsets"]
///         assert google_crc32c.value(data[end + first : end + last]) == int(
///             sums["crc32c." + name], 16
///         )
public struct SafeTensorsWriter: ~Copyable, Sendable {
  /// What is written at a time, so that its checksum is computed in the cache.
  static let chunkByteCount = 1 << 20

  /// What has been written of a tensor.
  private struct Progress {
    var byteCount = 0
    var checksum = CRC32C()
  }

  private let encoding: HeaderEncoding
  private let indices: [String: Int]
  private let dataStart: Int
  private var progress: [Progress]
  private var file: AtomicFile

  /// The tensors, in the order of their elements in the file. Written in this
  /// order, the file grows from start to end.
  public var tensors: [TensorDescription] { encoding.tensors }

  /// Starts a file that is to be at `path`, in a folder that exists.
  ///
  /// - Throws: ``SafeTensorsError``: for tensors and metadata that no file can
  ///   have, or where there is no room for the whole file.
  /// - Complexity: O(*n* log *n*) for *n* tensors.
  public init(
    path: String, tensors: [TensorDescription], metadata: [String: String] = [:]
  ) throws(SafeTensorsError) {
    let encoding = try HeaderEncoding(tensors, metadata: metadata)
    let dataStart = try encoding.bytes(
      checksums: Array(repeating: 0, count: tensors.count)
    ).count
    file = try SafeTensorsError.wrapping { () throws(FileError) in
      var file = try AtomicFile(replacing: path)
      try file.reserve(byteCount: dataStart + encoding.dataByteCount)
      return file
    }
    self.encoding = encoding
    self.dataStart = dataStart
    progress = Array(repeating: Progress(), count: tensors.count)
    indices = Dictionary(
      uniqueKeysWithValues: encoding.tensors.enumerated().map {
        ($1.name, $0)
      })
  }

  /// Writes elements of a tensor, behind those already written.
  ///
  /// Tensors may be written in any order, and each in any number of pieces.
  ///
  /// - Throws: ``SafeTensorsError/missingTensor(_:)``,
  ///   ``SafeTensorsError/byteCount(_:expected:tensor:)`` for more bytes than
  ///   the tensor has left, or ``SafeTensorsError/file(_:)``. None of the bytes
  ///   count as written then.
  /// - Complexity: O(*n*) for *n* bytes.
  public mutating func append(
    _ bytes: RawSpan, to tensor: String
  ) throws(SafeTensorsError) {
    guard let index = indices[tensor] else { throw .missingTensor(tensor) }
    var progress = progress[index]
    let range = encoding.byteRanges[index]
    guard bytes.byteCount <= range.count - progress.byteCount else {
      throw .byteCount(
        progress.byteCount + bytes.byteCount, expected: range.count,
        tensor: tensor)
    }
    do throws(FileError) {
      try unsafe bytes.withUnsafeBytes { bytes throws(FileError) in
        var rest = unsafe bytes[...]
        while unsafe !rest.isEmpty {
          let chunk = unsafe UnsafeRawBufferPointer(
            rebasing: rest.prefix(Self.chunkByteCount))
          unsafe progress.checksum.update(chunk)
          let start = dataStart + range.lowerBound + progress.byteCount
          try unsafe file.write(chunk, at: start)
          file.startWriting(start..<(start + chunk.count))
          progress.byteCount += chunk.count
          unsafe rest = unsafe rest.dropFirst(chunk.count)
        }
      }
    } catch {
      throw .file(error)
    }
    self.progress[index] = progress
  }

  /// Writes the header, and replaces the old file with the new one.
  ///
  /// - Throws: ``SafeTensorsError/incompleteTensor(byteCount:expected:tensor:)``
  ///   or ``SafeTensorsError/file(_:)``. The old file is still there, unless
  ///   only flushing the folder failed.
  public consuming func finish() throws(SafeTensorsError) {
    for (index, range) in encoding.byteRanges.enumerated()
    where progress[index].byteCount != range.count {
      throw .incompleteTensor(
        byteCount: progress[index].byteCount, expected: range.count,
        tensor: tensors[index].name)
    }
    let header = try encoding.bytes(
      checksums: progress.map { $0.checksum.value })
    do throws(FileError) {
      try unsafe file.write(header.span.bytes, at: 0)
      try file.commit()
    } catch {
      throw .file(error)
    }
  }
}
