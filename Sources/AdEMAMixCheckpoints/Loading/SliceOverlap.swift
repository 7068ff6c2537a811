//===--- SliceOverlap.swift - elements of a range that lie in a file ------===//
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
  func overlap(
    ofTensor tensor: Int, in range: Range<Int>, unit: Int, stride: Int
  ) throws(CheckpointError) -> SliceOverlap? {
    let whole = layout.tensors[tensor].range
    let stored = whole.clamped(to: shard)
    let wanted = whole.clamped(to: range)
    let overlap = stored.clamped(to: wanted)
    if overlap.isEmpty { return nil }
    // Units are counted from the start of each slice. The overlap must begin
    // and end at a border of the units of both slices.
    for units in [stored, wanted] {
      for cut in [overlap.lowerBound, overlap.upperBound]
      where cut != units.upperBound {
        guard (cut - units.lowerBound).isMultiple(of: unit) else {
          throw .shardCut(
            at: cut - whole.lowerBound, tensor: layout.tensors[tensor].name)
        }
      }
    }
    func bytes(from start: Int) -> Range<Int> {
      let first = (overlap.lowerBound - start) / unit * stride
      return first..<(first + (overlap.count + unit - 1) / unit * stride)
    }
    return SliceOverlap(
      inFile: bytes(from: stored.lowerBound),
      inRange: bytes(from: wanted.lowerBound), isAllOfFile: overlap == stored)
  }

  /// Reads a part of a tensor, and verifies all elements of the tensor in the
  /// file.
  ///
  /// - Parameters:
  ///   - name: The name of the tensor in the file.
  ///   - overlap: The overlap, from ``overlap(ofTensor:in:unit:stride:)``.
  ///   - bytes: The memory of the slice in the range. Bytes outside the
  ///     overlap stay.
  ///   - inspect: A check that gets the offset of a chunk in `bytes`, and the
  ///     chunk. If the overlap is the whole slice in the file, many threads
  ///     call it while the chunk is in the cache.
  /// - Throws: ``CheckpointError``.
  func read(
    _ name: String, _ overlap: SliceOverlap,
    into bytes: UnsafeMutableRawBufferPointer,
    inspect: @Sendable (_ offset: Int, UnsafeRawBufferPointer) -> Void = {
      _, _ in
    }
  ) throws(CheckpointError) {
    let target = unsafe UnsafeMutableRawBufferPointer(
      rebasing: bytes[overlap.inRange])
    let start = overlap.inRange.lowerBound
    try CheckpointError.wrapping { () throws(SafeTensorsError) in
      if overlap.isAllOfFile {
        return try unsafe file.read(name, into: [target]) {
          unsafe inspect(start + $0, $1)
        }
      }
      // The checksum is that of the whole tensor in the file, so all of it is
      // read.
      try file.forEachChunk(of: name) { offset, chunk in
        let chunkRange = offset..<(offset + chunk.byteCount)
        let found = chunkRange.clamped(to: overlap.inFile)
        if found.isEmpty { return }
        unsafe chunk.extracting(
          (found.lowerBound - offset)..<(found.upperBound - offset)
        ).withUnsafeBytes {
          unsafe UnsafeMutableRawBufferPointer(
            rebasing: target[(found.lowerBound - overlap.inFile.lowerBound)...]
          ).copyMemory(from: $0)
        }
      }
      unsafe inspect(start, UnsafeRawBufferPointer(target))
    }
  }
}
