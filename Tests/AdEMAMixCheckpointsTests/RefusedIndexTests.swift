//===--- RefusedIndexTests.swift - sharded checkpoints that are wrong -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import TestSupport
import Testing

@Suite final class `A sharded checkpoint is refused` {
  private let folder: TemporaryFolder
  private let run: ShardedRun<Float>
  private var index: String { folder.file("index.json") }

  init() throws {
    folder = try TemporaryFolder()
    run = try ShardedRun<Float>(
      #require(Script.all.first), .blas, count: 3, in: folder.path)
  }

  @Test func `without an index`() throws {
    try FileManager.default.removeItem(atPath: index)
    #expect(throws: CheckpointError.noIndex(folder: folder.path)) {
      try load()
    }
    #expect(try ShardedCheckpoint<Float>.paths(in: folder.path) == [])
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
    switch error {
    case .newerVersion, .malformedVersion, .malformedIndex, .shard, .file:
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
      guard case .malformedIndex = error else {
        Issue.record("\(files): \(String(describing: error))")
        continue
      }
    }
  }

  @Test func `whose files are of different steps`() throws {
    let other = try TemporaryFolder()
    _ = try ShardedRun<Float>(
      #require(Script.all.first), .blas, count: 3, in: other.path, calls: 8)
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
    guard case .file = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `where a shard would cut a block`() throws {
    let folder = try TemporaryFolder()
    _ = try ShardedRun<Float>(
      .stored(as: "minimal"), .fused, count: 3, in: folder.path)
    let checkpoint = try ShardedCheckpoint<Float>(folder.path)
    let tensor = try #require(
      checkpoint.layout.tensors.first { $0.range.count > 300 })
    let cut = tensor.range.lowerBound + 257
    #expect(
      throws: CheckpointError.shardCut(at: 257, tensor: tensor.name)
    ) { _ = try checkpoint.optimizer(shard: 0..<cut, engine: .fused) }
  }

  private func load() throws {
    let checkpoint = try ShardedCheckpoint<Float>(folder.path)
    _ = try checkpoint.parameters()
    _ = try checkpoint.optimizer()
  }
}
