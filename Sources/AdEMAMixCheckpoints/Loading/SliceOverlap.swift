//===--- SliceOverlap.swift - the part of a range that lies in a file -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

/// The overlap of two slices of a tensor: the slice in a file, and the slice in
/// a part of the flat index space.
struct SliceOverlap {
  /// The overlap as bytes of the slice in the file.
  let inFile: Range<Int>
  /// The overlap as bytes of the slice in the range.
  let inRange: Range<Int>
  /// Whether the overlap is the whole slice in the file.
  let isAllOfFile: Bool
}

extension CheckpointFile {
  /// Finds the overlap of a range with the file in a tensor.
  ///
  /// - Parameters:
  ///   - tensor: The index of the tensor in the layout.
  ///   - range: A part of the flat index space.
  ///   - unit: The number of elements of the tensor that one number stands for.
  ///   - stride: The number of bytes of that number.
  /// - Returns: `nil` if the file has no element of the tensor in the range.
  /// - Throws: ``CheckpointError`` if the border of a slice cuts a unit.
  func part(
    ofTensor tensor: Int, in range: Range<Int>, unit: Int, stride: Int
  ) throws(CheckpointError) -> SliceOverlap? {
    let whole = layout.tensors[tensor].range
    let stored = whole.clamped(to: shard)
    let wanted = whole.clamped(to: range)
    let part = stored.clamped(to: wanted)
    if part.isEmpty { return nil }
    // Units are counted from the start of each slice. The overlap must begin
    // and end at a border of the units of both slices.
    for units in [stored, wanted] {
      for cut in [part.lowerBound, part.upperBound]
      where cut != units.upperBound {
        guard (cut - units.lowerBound).isMultiple(of: unit) else {
          throw .shardCut(
            at: cut - whole.lowerBound, tensor: layout.tensors[tensor].name)
        }
      }
    }
    func bytes(from start: Int) -> Range<Int> {
      let first = (part.lowerBound - start) / unit * stride
      return first..<(first + (part.count + unit - 1) / unit * stride)
    }
    return SliceOverlap(
      inFile: bytes(from: stored.lowerBound),
      inRange: bytes(from: wanted.lowerBound), isAllOfFile: part == stored)
  }

  /// Reads a part of a tensor, and verifies all elements of the tensor in the
  /// file.
  ///
  /// - Parameters:
  ///   - name: The name of the tensor in the file.
  ///   - part: The overlap that ``part(ofTensor:in:unit:stride:)`` returned.
  ///   - bytes: The memory of the slice in the range. Bytes outside the part
  ///     stay.
  ///   - inspect: A check that gets the offset of a chunk in `bytes`, and the
  ///     chunk. If the part is the whole slice in the file, many threads call
  ///     it while the chunk is in the cache.
  /// - Throws: ``CheckpointError``.
  func read(
    _ name: String, _ part: SliceOverlap,
    into bytes: UnsafeMutableRawBufferPointer,
    inspect: @Sendable (_ offset: Int, UnsafeRawBufferPointer) -> Void = {
      _, _ in
    }
  ) throws(CheckpointError) {
    let target = unsafe UnsafeMutableRawBufferPointer(
      rebasing: bytes[part.inRange])
    let start = part.inRange.lowerBound
    try CheckpointError.wrapping { () throws(SafeTensorsError) in
      if part.isAllOfFile {
        return try unsafe file.read(name, into: [target]) {
          unsafe inspect(start + $0, $1)
        }
      }
      // The checksum is that of the whole tensor in the file, so all of it is
      // read.
      try file.forEachChunk(of: name) { offset, chunk in
        let chunkRange = offset..<(offset + chunk.byteCount)
        let found = chunkRange.clamped(to: part.inFile)
        if found.isEmpty { return }
        unsafe chunk.extracting(
          (found.lowerBound - offset)..<(found.upperBound - offset)
        ).withUnsafeBytes {
          unsafe UnsafeMutableRawBufferPointer(
            rebasing: target[(found.lowerBound - part.inFile.lowerBound)...]
          ).copyMemory(from: $0)
        }
      }
      unsafe inspect(start, UnsafeRawBufferPointer(target))
    }
  }
}
