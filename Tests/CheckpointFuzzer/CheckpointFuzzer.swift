//===--- CheckpointFuzzer.swift - checkpoints that nobody saved -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

// Run by scripts/fuzz:
//
//     CheckpointFuzzer FOLDER SEED COUNT SECONDS [FILE ...]
//
// Makes up to COUNT inputs, of SEED, SEED + 1 and so on, in so many seconds.
// The FILES are changed beside those of its own runs. The process ends at an
// input that breaks a rule: FOLDER/seed has its seed, and FOLDER/input its
// files.

import Foundation
import Glibc
import TestSupport

@main struct CheckpointFuzzer {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 5, let first = UInt64(arguments[2]),
      let count = UInt64(arguments[3]), let seconds = Double(arguments[4])
    else { exit(64) }
    let folder = arguments[1]
    let (own, folders) = try SeedRun.write(in: try made("\(folder)/seeds"))
    let files = own + arguments.dropFirst(5)

    Limits.limitProcess()
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var seed = first
    var accepted = 0
    while seed - first < count, clock.now < end {
      try Data("\(seed)\n".utf8).write(to: URL(filePath: "\(folder)/seed"))
      accepted += try Input(seed: seed, files, folders).run(in: folder)
      seed += 1
    }
    print("\(seed - first) inputs, from which \(accepted) optimizers went on")
  }

  static func made(_ folder: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    return folder
  }
}

/// One input, all of which follows from its seed.
private struct Input {
  private var random: RandomNumbers
  private let files: [String]
  private let folders: [String]

  init(seed: UInt64, _ files: [String], _ folders: [String]) {
    random = RandomNumbers(seed: seed)
    (self.files, self.folders) = (files, folders)
  }

  /// Makes it, and every call on it.
  ///
  /// - Returns: The number of optimizers that were accepted.
  func run(in folder: String) throws -> Int {
    var copy = self
    let input = "\(folder)/input"
    try? FileManager.default.removeItem(atPath: input)
    let work = try CheckpointFuzzer.made("\(folder)/work")
    var exercise: Exercise
    if copy.random.once(in: 3) {
      try copy.makeFolder(input)
      exercise = Exercise(in: work, fileByteCount: byteCount(input))
      exercise.folder(input, &copy.random)
    } else {
      _ = try CheckpointFuzzer.made(input)
      let path = "\(input)/step-000000001.safetensors"
      try copy.makeFile(copy.random.one(of: files), path)
      exercise = Exercise(in: work, fileByteCount: byteCount(input))
      exercise.file(path)
      exercise.resume(in: input)
    }
    try? FileManager.default.removeItem(atPath: work)
    return exercise.acceptedCount
  }

  /// Changes a file.
  private mutating func makeFile(_ original: String, _ path: String) throws {
    if random.once(in: 6) {
      var bytes = try Data(contentsOf: URL(filePath: original))
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      if random.once(in: 4) { bytes = bytes.prefix(bytes.count / 2) }
      return try bytes.write(to: URL(filePath: path))
    }
    var content = try CheckpointContent(original)
    content.mutate(&random)
    do {
      try content.write(to: path)
    } catch {
      // No file can have such tensors.
      try FileManager.default.copyItem(atPath: original, toPath: path)
    }
  }

  /// Changes the index of a sharded checkpoint, and some of its files alike.
  private mutating func makeFolder(_ folder: String) throws {
    let original = random.one(of: folders)
    try FileManager.default.copyItem(atPath: original, toPath: folder)
    let index = URL(filePath: "\(folder)/index.json")
    if random.once(in: 2) {
      var tree = try JSON(String(contentsOf: index, encoding: .utf8))
      var mutator = StructuralMutator(random: random)
      mutator.mutate(&tree)
      random = mutator.random
      try Data(tree.text.utf8).write(to: index)
    }
    guard random.once(in: 2) else { return }
    let names = try FileManager.default.contentsOfDirectory(atPath: original)
      .filter { $0.hasSuffix(".safetensors") }.sorted()
    // Changes that fit each other, mostly.
    let seed = random.next()
    let isAlike = !random.once(in: 4)
    for name in names where isAlike || random.once(in: 3) {
      var content = try CheckpointContent("\(original)/\(name)")
      var own = isAlike ? RandomNumbers(seed: seed) : random
      content.mutate(&own, keepingShard: true)
      if !isAlike { random = own }
      try? content.write(to: "\(folder)/\(name)")
    }
  }

  private func byteCount(_ folder: String) -> Int {
    let names =
      (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.reduce(0) { sum, name in
      let attributes = try? FileManager.default.attributesOfItem(
        atPath: "\(folder)/\(name)")
      return sum + (attributes?[.size] as? Int ?? 0)
    }
  }
}
