//===--- SafeTensorsWriter.swift - files of tensors, replaced whole -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
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
/// Elements go straight from the caller's memory to the file. Until
/// ``finish()`` returns, the path has the old file, or none, even if the
/// process or the system crashes. After ``finish()``, the new file is on the
/// device. A file that is not finished is removed.
///
/// The file lies in the folder of its path from the start. Until ``finish()``,
/// the file has no name, or a hidden temporary name if the file system cannot
/// make files without a name. A killed process can leave a file with a
/// temporary name behind. The next writer for the same path removes such files.
/// The new file gets the permissions of any new file. A symbolic link at the
/// path is replaced, and the file that the link points to stays.
///
/// In the file, tensors of types that come later in ``TensorElementType`` come
/// first. Tensors of one type are in the order of the bytes of their names. A
/// program that appends elements in this order writes the file from start to
/// end.
///
/// The metadata gets checksums, each a CRC-32C in 8 hexadecimal digits. The key
/// of a tensor's checksum is `crc32c.` and the tensor's name. The key of the
/// header's checksum is `crc32c`. The header's checksum is that of the 8 bytes
/// of the header's length and the header, with zeros in the place of the
/// checksum's own digits. A program in Python can verify all checksums with the
/// package `google-crc32c`:
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
  /// The number of bytes written at a time. The cache still has so few bytes
  /// after their checksum is computed.
  package static let chunkByteCount = 1 << 20

  /// The bytes of a tensor written so far: their number and their checksum.
  private struct Progress {
    var byteCount = 0
    var checksum = CRC32C()
  }

  private var encoding: HeaderEncoding
  private let dataStart: Int
  private var progress: [Progress]
  private var file: AtomicFile

  /// The tensors, in the order of their elements in the file.
  package var tensors: [TensorDescription] { encoding.tensors }

  /// Starts a file that is to be at `path`, in a folder that exists.
  ///
  /// - Parameters:
  ///   - path: The path of the file. A file that is there is replaced by
  ///     ``finish()``.
  ///   - tensors: The tensors of the file, in any order.
  ///   - metadata: The texts that come with the tensors. The key `crc32c`, and
  ///     keys that begin with `crc32c.`, are those of checksums, and must not
  ///     occur.
  /// - Throws: ``SafeTensorsError`` of the code
  ///   ``SafeTensorsError/Code/invalidTensors`` for tensors and metadata that
  ///   no file can have. ``SafeTensorsError/Code/system`` if the file cannot be
  ///   made or the device has no room for the whole file.
  /// - Complexity: O(*n* log *n*) for *n* tensors.
  public init(
    path: String, tensors: [TensorDescription], metadata: Metadata = [:]
  ) throws(SafeTensorsError) {
    let (encoding, dataStart) = try SafeTensorsError.wrapping(path) {
      () throws(SafeTensorsFault) in
      let encoding = try HeaderEncoding(tensors, metadata: metadata)
      let checksums = [UInt32](repeating: 0, count: tensors.count)
      return (encoding, try encoding.bytes(checksums: checksums).count)
    }
    file = try SafeTensorsError.wrapping { () throws(FileError) in
      var file = try AtomicFile(replacing: path)
      try file.reserve(byteCount: dataStart + encoding.dataByteCount)
      return file
    }
    self.encoding = encoding
    self.dataStart = dataStart
    progress = Array(repeating: Progress(), count: tensors.count)
  }

  private func fault(_ fault: SafeTensorsFault) -> SafeTensorsError {
    .fault(fault, path: file.path)
  }

  /// Writes elements of a tensor, behind the elements already written.
  ///
  /// Tensors may be written in any order, and each in any number of pieces.
  ///
  /// - Parameters:
  ///   - bytes: The next elements of the tensor, or parts of elements.
  ///   - tensor: The name of the tensor.
  /// - Throws: ``SafeTensorsError`` of the code
  ///   ``SafeTensorsError/Code/missingTensor``,
  ///   ``SafeTensorsError/Code/wrongByteCount`` for more bytes than the tensor
  ///   has left, or ``SafeTensorsError/Code/system``. After an error, none of
  ///   the bytes count as written.
  /// - Complexity: O(*n*) for *n* bytes.
  public mutating func append(
    _ bytes: RawSpan, to tensor: String
  ) throws(SafeTensorsError) {
    guard let index = encoding.names.index(of: tensor, in: tensors) else {
      throw fault(.missingTensor(tensor))
    }
    var progress = progress[index]
    let range = encoding.byteRanges[index]
    guard bytes.byteCount <= range.count - progress.byteCount else {
      throw fault(
        .byteCount(
          progress.byteCount + bytes.byteCount, expected: range.count,
          tensor: tensor))
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

  /// Gives a key of the metadata another value, after elements have been
  /// written. The new value must have as many bytes as the first value. Neither
  /// value may need escapes.
  package mutating func replaceMetadata(_ key: String, with value: String) {
    encoding.replaceMetadata(key, with: value)
  }

  /// Writes the header, and replaces the old file with the new one.
  ///
  /// - Throws: ``SafeTensorsError`` of the code
  ///   ``SafeTensorsError/Code/wrongByteCount`` if bytes of a tensor are
  ///   missing, or ``SafeTensorsError/Code/system``. The old file is still
  ///   there, unless flushing the folder alone failed.
  /// - Complexity: O(*n*) for a header of *n* bytes, apart from the time that
  ///   the device takes.
  public consuming func finish() throws(SafeTensorsError) {
    for (index, range) in encoding.byteRanges.enumerated()
    where progress[index].byteCount != range.count {
      throw fault(
        .incompleteTensor(
          byteCount: progress[index].byteCount, expected: range.count,
          tensor: tensors[index].name))
    }
    let header = try SafeTensorsError.wrapping(file.path) {
      () throws(SafeTensorsFault) in
      try encoding.bytes(checksums: progress.map { $0.checksum.value })
    }
    do throws(FileError) {
      try unsafe file.write(header.span.bytes, at: 0)
      try file.commit()
    } catch {
      throw .file(error)
    }
  }
}
