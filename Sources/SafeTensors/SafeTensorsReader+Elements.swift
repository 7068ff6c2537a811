//===--- SafeTensorsReader+Elements.swift - from the file to memory -------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension SafeTensorsReader {
  /// What is read at a time, so that its checksum is computed in the cache.
  private static let chunkByteCount = 512 << 10

  /// Reads all elements of a tensor, and verifies their checksum.
  ///
  /// - Throws: ``SafeTensorsError``. Where it is
  ///   ``SafeTensorsError/missingTensor(_:)`` or
  ///   ``SafeTensorsError/byteCount(_:expected:tensor:)``, nothing has been
  ///   written to the memory, otherwise anything.
  /// - Complexity: O(*n*) for *n* bytes.
  public func read(
    _ name: String, into bytes: consuming MutableRawSpan
  ) throws(SafeTensorsError) {
    try unsafe bytes.withUnsafeMutableBytes { bytes throws(SafeTensorsError) in
      try unsafe read(name, into: [bytes])
    }
  }

  /// Reads all elements of a tensor into pieces of memory, one after the other,
  /// and verifies their checksum.
  ///
  /// - Throws: Like ``read(_:into:)-(_,MutableRawSpan)``, where the pieces
  ///   together must have the tensor's size.
  /// - Complexity: O(*n*) for *n* bytes.
  public func read(
    _ name: String, into pieces: [UnsafeMutableRawBufferPointer]
  ) throws(SafeTensorsError) {
    let tensor = try existing(name)
    let count = unsafe pieces.reduce(0) { $0 + $1.count }
    guard count == tensor.byteCount else {
      throw .byteCount(count, expected: tensor.byteCount, tensor: name)
    }
    var position = tensor.byteRange.lowerBound
    var checksum = CRC32C()
    for index in unsafe pieces.indices {
      let piece = unsafe pieces[index]
      var rest = unsafe piece[...]
      while unsafe !rest.isEmpty {
        let chunk = unsafe UnsafeMutableRawBufferPointer(
          rebasing: rest.prefix(Self.chunkByteCount))
        try unsafe read(into: chunk, at: position)
        if hasChecksums {
          unsafe checksum.update(UnsafeRawBufferPointer(chunk))
        }
        position += chunk.count
        unsafe rest = unsafe rest.dropFirst(chunk.count)
      }
    }
    try verify(checksum, of: tensor)
  }

  /// Calls `body` with all elements of a tensor, chunk by chunk, and then
  /// verifies their checksum. So `body` sees bytes that may be wrong, and must
  /// not act on them before this returns.
  ///
  /// - Parameters:
  ///   - name: The tensor.
  ///   - body: Gets where in the tensor a chunk starts, and its bytes: at most
  ///     512 KiB, a multiple of 64 but for the last.
  /// - Throws: ``SafeTensorsError``.
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
      unsafe checksum.update(UnsafeRawBufferPointer(chunk))
      try unsafe body(offset, UnsafeRawBufferPointer(chunk).bytes)
      offset += chunk.count
    }
    try verify(checksum, of: tensor)
  }

  /// Reads bytes from a place behind the header.
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
      throw .checksum(
        checksum.value, expected: expected, tensor: tensor.name)
    }
  }
}
