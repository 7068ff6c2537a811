//===--- RefusedIndexTests.swift - sharded checkpoints that are wrong -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import SafeTensors
import TestSupport
import Testing

@Suite final class `A sharded checkpoint is refused` {
  private let folder: TemporaryFolder
  private let run: ShardedRun<Float>
  private var index: String { folder.file("index.json") }

  init() throws {
    folder = try TemporaryFolder()
    run = try ShardedRun<Float>(
      .named("plain"), count: 3, in: folder.path)
  }

  @Test func `without an index`() throws {
    try FileManager.default.removeItem(atPath: index)
    #expect(throws: CheckpointError.noIndex(folder: folder.path)) {
      try load()
    }
    #expect(try ShardedCheckpoints.paths(in: folder.path) == [])
  }

  @Test(arguments: [
    ("\"version\" : 1", "\"version\" : 2"),
    ("\"version\" : 1", "\"version\" : 0"),
    ("\"version\"", "\"virsion\""),
    ("\"step\" : ", "\"step\" : 1"),
    ("\"name\" : \"", "\"name\" : \"../"),
    ("shard-1-of-3", "shard-2-of-3"),
    ("shard-0-of-3", "shard-0-of-4"),
    ("{", ""),
  ])
  func `with an index that is wrong`(old: String, new: String) throws {
    let text = try String(contentsOfFile: index, encoding: .utf8)
    let range = try #require(text.firstRange(of: old), "\(text)")
    try text.replacingCharacters(in: range, with: new)
      .write(toFile: index, atomically: true, encoding: .utf8)
    let error = #expect(throws: CheckpointError.self) { try load() }
    switch error?.code {
    case .newerVersion, .malformed, .file, .damaged: break
    case .differentLayout where error?.description.contains("the shard") == true:
      break
    default: Issue.record("\(String(describing: error))")
    }
  }

  @Test func `whose index has no files`() throws {
    try ShardIndex(step: run.stepCount, files: []).write(in: folder.path)
    #expect(
      throws: CheckpointError.malformedIndex(
        "there are no files", folder: folder.path)
    ) { try load() }
  }

  @Test func `whose index leaves a gap, or an end`() throws {
    let shards = run.shards
    for files in [[0, 2], [0, 1], [1, 2]] {
      try ShardIndex(
        step: run.stepCount,
        files: files.map {
          ShardIndex.File(
            name: ShardIndex.fileName(ofShard: $0, of: 3), elements: shards[$0])
        }
      ).write(in: folder.path)
      let error = #expect(throws: CheckpointError.self) { try load() }
      let isOfIndex =
        error?.description.hasPrefix("the index of the shards") == true
      #expect(
        error?.code == .malformed && isOfIndex,
        "\(files): \(String(describing: error))")
    }
  }

  @Test func `whose files are of different steps`() throws {
    let other = try TemporaryFolder()
    _ = try ShardedRun<Float>(
      .named("plain"), count: 3, in: other.path, calls: 8)
    let name = ShardIndex.fileName(ofShard: 1, of: 3)
    try FileManager.default.removeItem(atPath: folder.file(name))
    try FileManager.default.copyItem(
      atPath: other.file(name), toPath: folder.file(name))
    #expect(
      throws: CheckpointError.shardsDiffer(
        ShardIndex.fileName(ofShard: 0, of: 3), name)
    ) { try load() }
  }

  @Test(arguments: 0..<3)
  func `where a byte of a file has changed`(shard: Int) throws {
    let path = folder.file(ShardIndex.fileName(ofShard: shard, of: 3))
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[bytes.count - 5] ^= 1
    try bytes.write(to: URL(filePath: path))
    let error = #expect(throws: CheckpointError.self) { try load() }
    #expect(error?.code == .damaged, "\(String(describing: error))")
  }

  @Test func `where a shard would cut a block`() throws {
    let folder = try TemporaryFolder()
    _ = try ShardedRun<Float>(
      .stored(as: "minimal"), count: 3, in: folder.path)
    let checkpoint = try Checkpoint<Float>(folder.path)
    let tensor = try #require(
      checkpoint.layout.tensors.first { $0.range.count > 300 })
    let cut = tensor.range.lowerBound + 257
    #expect(
      throws: CheckpointError.inFile(
        .shardCut(at: 257, tensor: tensor.name),
        path: folder.file(ShardIndex.fileName(ofShard: 0, of: 3)))
    ) { _ = try checkpoint.optimizer(shard: 0..<cut, engine: .fused) }
  }

  @Test(arguments: [1 << 40, 1 << 48])
  func `that claims more elements than its files have`(count: Int) throws {
    let path = folder.file(ShardIndex.fileName(ofShard: 0, of: 1))
    let group = ParameterGroup(
      "g", sizes: [count], Hyperparameters(learningRate: 0.1), isFrozen: true)
    try AdEMAMix<Float>([group]).save(to: path)
    try ShardIndex(
      step: 0,
      files: [
        .init(
          name: ShardIndex.fileName(ofShard: 0, of: 1), elements: 0..<count)
      ]
    ).write(in: folder.path)
    let checkpoint = try Checkpoint<Float>(folder.path)
    let error = CheckpointError.inFile(.noParameters, path: path)
    #expect(throws: error) { try checkpoint.parameters() }
    #expect(throws: error) {
      try checkpoint.parameters(of: 3..<count - 1)
    }
    // Frozen elements have no state, so that there is nothing to be lacking.
    #expect(try checkpoint.optimizer().stateByteCount == 0)
  }

  @Test func `whose index is a pipe, or too long`() throws {
    try FileManager.default.removeItem(atPath: index)
    let made = unsafe mkfifo(index, 0o600)
    try #require(made == 0)
    #expect(
      throws: CheckpointError.file(
        .file(FileError(.measure, index, code: EINVAL)))
    ) { try load() }
    try FileManager.default.removeItem(atPath: index)
    // A file of holes takes no room.
    try Data().write(to: URL(filePath: index))
    let extended = unsafe truncate(index, 1 << 40)
    try #require(extended == 0)
    #expect(
      throws: CheckpointError.file(.file(FileError(.read, index, code: EFBIG)))
    ) { try load() }
  }

  /// The blocks of a file begin where its shard does.
  @Test func `where the files cut blocks, and another shard is asked for`()
    throws
  {
    let layout = try ParameterLayout([
      ParameterGroup(
        "g", sizes: [1024], Hyperparameters(learningRate: 0.1),
        storage: .compact)
    ])
    let shards = [0..<100, 100..<1024]
    var files: [ShardIndex.File] = []
    for (index, shard) in shards.enumerated() {
      let name = ShardIndex.fileName(ofShard: index, of: 2)
      try AdEMAMix<Float>(layout, shard: shard, engine: .fused)
        .save(to: folder.file(name))
      files.append(ShardIndex.File(name: name, elements: shard))
    }
    try ShardIndex(step: 0, files: files).write(in: folder.path)
    let checkpoint = try Checkpoint<Float>(folder.path)
    for shard in shards { _ = try checkpoint.optimizer(shard: shard) }
    for (shard, cut) in [
      (512..<1024, 512), (0..<1024, 100), (100..<612, nil), (100..<600, 600),
      (0..<512, 100),
    ] {
      let error = thrownError { () throws(CheckpointError) in
        _ = try checkpoint.optimizer(shard: shard)
      }
      let expected = cut.map {
        CheckpointError.inFile(
          .shardCut(at: $0, tensor: "g.0"), path: error?.path ?? "")
      }
      #expect(error == expected, "\(shard)")
    }
  }

  @Test func `in a folder that is missing, which stays so`() throws {
    let path = folder.file("a/b")
    let error = CheckpointError.file(
      .file(FileError(.open, path, code: ENOENT)))
    #expect(throws: error) { try ShardedCheckpoints.paths(in: path) }
    #expect(throws: error) { try ShardedCheckpoints.newestPath(in: path) }
    #expect(!FileManager.default.fileExists(atPath: folder.file("a")))
    _ = try ShardFolder(path).makeFolder(step: 1)
    #expect(try ShardedCheckpoints.paths(in: path) == [])
  }

  @Test func `whose folder has the name of another step`() throws {
    let other = try TemporaryFolder()
    for step in [run.stepCount, run.stepCount + 1] {
      try FileManager.default.copyItem(
        atPath: folder.path, toPath: other.file("step-00000000\(step)-1"))
    }
    #expect(
      try ShardedCheckpoints.newestPath(in: other.path)
        == other.path + "/step-00000000\(run.stepCount)-1")
  }

  private func load() throws {
    let checkpoint = try Checkpoint<Float>(folder.path)
    _ = try checkpoint.parameters()
    _ = try checkpoint.optimizer()
  }
}
