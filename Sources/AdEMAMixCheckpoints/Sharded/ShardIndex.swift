//===--- ShardIndex.swift - the list of the files of a checkpoint ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Foundation
internal import SafeTensors

/// The list of the files of a sharded checkpoint. The list is written last, and
/// so shows that all files are there.
package struct ShardIndex: Sendable, Hashable, Codable {
  /// One file of a sharded checkpoint.
  package struct File: Sendable, Hashable, Codable {
    package let name: String
    /// The two bounds of the shard that the file has.
    package let elements: [Int]

    package init(name: String, elements: Range<Int>) {
      self.name = name
      self.elements = [elements.lowerBound, elements.upperBound]
    }

    var range: Range<Int>? {
      guard elements.count == 2, elements[0] <= elements[1] else { return nil }
      return elements[0]..<elements[1]
    }
  }

  /// The latest version of the index that the library reads.
  private static let supportedVersion = 1
  /// The most bytes of an index. That of 100,000 files has fewer.
  private static let byteCountLimit = 16 << 20
  /// The name of the file of an index.
  package static let fileName = "index.json"

  package let version: Int
  package let step: Int
  package let files: [File]

  /// The index of files that are all complete.
  package init(step: Int, files: [File]) {
    version = Self.supportedVersion
    self.step = step
    self.files = files
  }

  /// The name of the file of a shard.
  package static func fileName(ofShard shard: Int, of count: Int) -> String {
    "shard-\(shard)-of-\(count).safetensors"
  }

  /// Reads the index in a folder.
  init(in folder: String) throws(CheckpointError) {
    let path = "\(folder)/\(Self.fileName)"
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try contents(ofFile: path, atMost: Self.byteCountLimit)
    } catch {
      guard error.code != ENOENT, error.code != ENOTDIR else {
        throw .noIndex(folder: folder)
      }
      throw .file(.file(error))
    }
    guard JSONKeys.areShort(in: bytes) else {
      throw .malformedIndex(
        "a key has more than \(JSONKeys.byteCountLimit) bytes", folder: folder)
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    } catch {
      throw .malformedIndex("\(error)", folder: folder)
    }
    guard version >= 1 else { throw .malformedVersion("\(version)") }
    guard version <= Self.supportedVersion else {
      throw .newerVersion(version, supported: Self.supportedVersion)
    }
    var end = 0
    for file in files {
      guard let range = file.range, range.lowerBound == end,
        !file.name.utf8.contains(UInt8(ascii: "/"))
      else {
        throw .malformedIndex(
          "'\(file.name)' has the elements \(file.elements): they must go on "
            + "from \(end)", folder: folder)
      }
      end = range.upperBound
    }
    guard !files.isEmpty else {
      throw .malformedIndex("there are no files", folder: folder)
    }
  }

  /// Writes the index, which appears in the folder as a whole.
  package func write(in folder: String) throws(CheckpointError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
    let bytes: [UInt8]
    do {
      bytes = Array(try encoder.encode(self))
    } catch {
      throw .malformedIndex("\(error)", folder: folder)
    }
    try CheckpointError.wrapping { () throws(FileError) in
      var file = try AtomicFile(replacing: "\(folder)/\(Self.fileName)")
      try unsafe bytes.withUnsafeBufferPointer { bytes throws(FileError) in
        try unsafe file.write(UnsafeRawBufferPointer(bytes).bytes, at: 0)
      }
      try file.commit()
    }
  }
}
