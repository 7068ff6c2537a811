//===--- CheckpointWorkload.swift - a state, its file, and copies ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Glibc

/// An optimizer whose state is moved in all ways.
///
/// Plain transfers do the same work on memory as those of the library: both
/// reads fill memory that the system has not provided before, of the same kind
/// as the memory of the optimizer. The result of a transfer is freed before the
/// next transfer, outside of the time.
@safe final class CheckpointWorkload<Scalar: OptimizerScalar> {
  private let optimizer: AdEMAMix<Scalar>
  private let folder: ScratchFolder
  /// The path of the file that `save` makes. The file is there until the next
  /// transfer is prepared.
  private let savedPath: String
  private let file: ScratchFile
  private let byteCount: Int
  /// The content of the file, in memory that the system has provided.
  private let content: AlignedMemory
  /// Whether the system can be made to forget the file.
  let canDropFile: Bool

  private var written: ScratchFile?
  private var fresh: AlignedMemory?
  private var other: AdEMAMix<Scalar>?

  init(count: Int, in folder: ScratchFolder) throws {
    optimizer = try Workload<Scalar>(count: count).steppedOnce()
    self.folder = folder
    savedPath = folder.newPath()
    try optimizer.save(to: savedPath)
    file = try ScratchFile(savedPath)
    byteCount = try file.byteCount()
    content = try Self.memory(byteCount)
    file.dropFromMemory()
    canDropFile = try file.residentShare() < 0.01
    try unsafe file.read(into: Self.bytes(content))
  }

  deinit { unsafe _ = unlink(savedPath) }

  /// Removes the result of the last transfer, and prepares the next one.
  func prepare(_ transfer: Transfer) throws {
    unsafe _ = unlink(savedPath)
    written = nil
    fresh = nil
    other = nil
    switch transfer {
    case .write: written = try ScratchFile(folder.newPath())
    case .readDevice, .loadDevice: file.dropFromMemory()
    // The file returns to the memory of the system, if it was dropped before.
    case .read, .load: try unsafe file.read(into: Self.bytes(content))
    default: break
    }
  }

  func run(_ transfer: Transfer) throws {
    switch transfer {
    case .write:
      try unsafe written?.writeAndFlush(
        UnsafeRawBufferPointer(Self.bytes(content)))
    case .save: try optimizer.save(to: savedPath)
    case .read, .readDevice:
      let memory = try Self.memory(byteCount)
      try unsafe file.read(into: Self.bytes(memory))
      fresh = consume memory
    case .load, .loadDevice:
      other = try Checkpoint<Scalar>(file.path).optimizer()
    case .copy: copyState(to: content)
    case .copyFresh:
      let memory = try Self.memory(byteCount)
      copyState(to: memory)
      fresh = consume memory
    case .clone: other = try optimizer.copy()
    }
  }

  private func copyState(to memory: borrowing AlignedMemory) {
    var offset = 0
    for piece in optimizer.stateBufferViews {
      let bytes = unsafe UnsafeRawBufferPointer(piece.bytes)
      if let start = bytes.baseAddress {
        unsafe memcpy(memory.start + offset, start, bytes.count)
      }
      offset += bytes.count
    }
  }

  private static func memory(_ byteCount: Int) throws -> AlignedMemory {
    guard let memory = AlignedMemory(byteCount: byteCount) else {
      throw OutOfMemory(byteCount: byteCount)
    }
    return memory
  }

  private static func bytes(
    _ memory: borrowing AlignedMemory
  ) -> UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(
      start: memory.start, count: memory.byteCount)
  }
}
