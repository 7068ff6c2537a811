//===--- SafeTensorsReader+Elements.swift - from the file to memory -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension SafeTensorsReader {
  /// The number of bytes read at a time. The cache still has so few bytes when
  /// their checksum is computed.
  private static let chunkByteCount = 512 << 10

  /// Reads all elements of a tensor, and verifies their checksum.
  ///
  /// - Parameters:
  ///   - name: The name of the tensor.
  ///   - bytes: The memory for the elements, of as many bytes as the tensor
  ///     has: see ``TensorDescription/byteCount()``.
  /// - Throws: ``SafeTensorsError``. The memory is unchanged after an error of
  ///   the code ``SafeTensorsError/Code/missingTensor`` or
  ///   ``SafeTensorsError/Code/wrongByteCount``. After other errors, the memory
  ///   may have any content.
  /// - Complexity: O(*n*) for *n* bytes.
  public func read(
    _ name: String, into bytes: consuming MutableRawSpan
  ) throws(SafeTensorsError) {
    try unsafe bytes.withUnsafeMutableBytes { bytes throws(SafeTensorsError) in
      try unsafe read(name, into: [bytes])
    }
  }

  /// Reads all elements of a tensor into pieces of memory, one after the other,
  /// and verifies the checksum of the elements. The pieces must not overlap,
  /// and together must have the tensor's size.
  ///
  /// - Throws: The errors of ``read(_:into:)-(_,MutableRawSpan)``.
  /// - Complexity: O(*n*) for *n* bytes.
  package func read(
    _ name: String, into pieces: [UnsafeMutableRawBufferPointer]
  ) throws(SafeTensorsError) {
    try unsafe read(name, into: pieces) { _, _ in }
  }

  /// Reads all elements of a tensor into pieces of memory, and shows the bytes
  /// to a function while the bytes are in the cache.
  ///
  /// - Parameters:
  ///   - name: The name of the tensor.
  ///   - pieces: The memory for the elements, which have as many bytes.
  ///   - inspect: A function of a place in the tensor and the bytes there,
  ///     called on several threads, in any order, before the checksum is
  ///     verified. The number of bytes is a multiple of 64, except at the end
  ///     of a piece.
  /// - Throws: The errors of ``read(_:into:)-(_,MutableRawSpan)``.
  package func read(
    _ name: String, into pieces: [UnsafeMutableRawBufferPointer],
    inspect: @Sendable (_ offset: Int, UnsafeRawBufferPointer) -> Void
  ) throws(SafeTensorsError) {
    let tensor = try existing(name)
    let count = unsafe pieces.reduce(0) { $0 + $1.count }
    guard count == tensor.byteCount else {
      throw fault(
        .byteCount(count, expected: tensor.byteCount, tensor: name))
    }
    let sections = unsafe SectionQueue(
      pieces, at: tensor.byteRange.lowerBound)
    unsafe sections.work(threads: threadCount) {
      memory, offset throws(SafeTensorsError) in
      try unsafe checksum(reading: memory, at: offset) {
        unsafe inspect($0 - tensor.byteRange.lowerBound, $1)
      }
    }
    try verify(sections.checksum(), of: tensor)
  }

  /// Reads the bytes at a place behind the header. The checksum is computed
  /// while the bytes are in the cache.
  private func checksum(
    reading memory: UnsafeMutableRawBufferPointer, at offset: Int,
    inspect: (_ offset: Int, UnsafeRawBufferPointer) -> Void
  ) throws(SafeTensorsError) -> CRC32C {
    var checksum = CRC32C()
    var done = 0
    while done < memory.count {
      let chunk = unsafe UnsafeMutableRawBufferPointer(
        rebasing: memory[done...].prefix(Self.chunkByteCount))
      try unsafe read(into: chunk, at: offset + done)
      if hasChecksums {
        unsafe checksum.update(UnsafeRawBufferPointer(chunk))
      }
      unsafe inspect(offset + done, UnsafeRawBufferPointer(chunk))
      done += chunk.count
    }
    return checksum
  }

  /// Calls `body` with all elements of a tensor, chunk by chunk, and then
  /// verifies their checksum. Until this function returns, the bytes that
  /// `body` sees may be damaged.
  ///
  /// - Parameters:
  ///   - name: The name of the tensor.
  ///   - body: A function of a place in the tensor and the bytes there: at most
  ///     512 KiB, and a multiple of 64 bytes except at the end of the tensor.
  /// - Throws: ``SafeTensorsError``, or an error that `body` throws.
  /// - Complexity: O(*n*) for *n* bytes.
  public func forEachChunk(
    of name: String,
    _ body: (_ offset: Int, _ bytes: RawSpan) throws(SafeTensorsError) -> Void
  ) throws(SafeTensorsError) {
    let tensor = try existing(name)
    let capacity = min(Self.chunkByteCount, tensor.byteCount)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: capacity, alignment: 64)
    defer { unsafe buffer.deallocate() }
    var checksum = CRC32C()
    var offset = 0
    while offset < tensor.byteCount {
      let chunk = unsafe UnsafeMutableRawBufferPointer(
        rebasing: buffer.prefix(tensor.byteCount - offset))
      try unsafe read(
        into: chunk, at: tensor.byteRange.lowerBound + offset)
      if hasChecksums {
        unsafe checksum.update(UnsafeRawBufferPointer(chunk))
      }
      try unsafe body(offset, UnsafeRawBufferPointer(chunk).bytes)
      offset += chunk.count
    }
    try verify(checksum, of: tensor)
  }

  /// Reads the bytes at a place behind the header.
  private func read(
    into bytes: UnsafeMutableRawBufferPointer, at offset: Int
  ) throws(SafeTensorsError) {
    try SafeTensorsError.wrapping { () throws(FileError) in
      try unsafe file.read(into: bytes, at: dataStart + offset, path: path)
    }
  }

  private func verify(
    _ checksum: CRC32C, of tensor: StoredTensor
  ) throws(SafeTensorsError) {
    if let expected = tensor.checksum, checksum.value != expected {
      throw fault(
        .checksum(checksum.value, expected: expected, tensor: tensor.name))
    }
  }
}
