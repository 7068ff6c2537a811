//===--- SliceOverlap.swift - what a file has of some elements ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

/// What a file and a part of the flat index space both have of a tensor, as
/// bytes of what each of them has.
struct SliceOverlap {
  let inFile: Range<Int>
  let inRange: Range<Int>
  /// Whether the file has no more of the tensor.
  let isAllOfFile: Bool
}

extension Checkpoint {
  /// Finds what the file has of a tensor in a range.
  ///
  /// - Parameters:
  ///   - tensor: Its index in the layout.
  ///   - range: A part of the flat index space.
  ///   - unit: The elements of the tensor that one number stands for.
  ///   - stride: The bytes of that number.
  /// - Returns: `nil` where the file has nothing of it.
  /// - Throws: ``CheckpointError/shardCut(at:tensor:)`` where a unit would be
  ///   cut, which has one number for all.
  func part(
    ofTensor tensor: Int, in range: Range<Int>, unit: Int, stride: Int
  ) throws(CheckpointError) -> SliceOverlap? {
    let whole = layout.tensors[tensor].range
    let stored = whole.clamped(to: shard)
    let wanted = whole.clamped(to: range)
    let part = stored.clamped(to: wanted)
    if part.isEmpty { return nil }
    // Units are counted from where the file's part begins, and from where the
    // range's does: both must have borders where the part that they share ends.
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

  /// Reads a part of a tensor, and verifies all that the file has of the tensor.
  ///
  /// - Parameters:
  ///   - name: The tensor in the file.
  ///   - part: What ``part(ofTensor:in:unit:stride:)`` returned.
  ///   - bytes: What the range has of the tensor. Other bytes stay.
  ///   - inspect: Gets where in `bytes` a chunk starts, and the chunk: from many
  ///     threads, and while it is in the cache where the part is all of the file.
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
      // All of it is read, since its checksum is that of the whole.
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
