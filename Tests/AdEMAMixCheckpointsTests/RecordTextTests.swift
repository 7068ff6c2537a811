//===--- RecordTextTests.swift - the JSON of a file, letter by letter -----===//
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

// `Fixtures/records.txt` is never written anew: it has the metadata of each run
// as the first library of the format wrote it. A later version adds runs:
//
//     ADEMAMIX_FIXTURES=folder swift test --filter RecordTextTests

@Suite struct `The metadata of a file` {
  private static let keys = [
    "ademamix.version", "ademamix.scalar", "ademamix.engine",
    "ademamix.optimizer", "ademamix.average",
  ]

  @Test func `are as they have always been written`() throws {
    let folder = try TemporaryFolder()
    var lines: [String] = []
    for run in RecordedRun.allCases {
      let path = folder.file(run.rawValue)
      try run.save(to: path)
      let file = try SafeTensorsReader(path: path)
      for key in Self.keys {
        lines.append("\(run.rawValue) \(key) \(file.metadata[key] ?? "")")
      }
    }
    let name = "records.txt"
    if let folder = ProcessInfo.processInfo.environment["ADEMAMIX_FIXTURES"] {
      try Data(lines.map { $0 + "\n" }.joined().utf8).write(
        to: URL(filePath: folder).appending(path: name))
    }
    let url = try #require(
      Bundle.module.url(
        forResource: name, withExtension: nil, subdirectory: "Fixtures"))
    let committed = try String(decoding: Data(contentsOf: url), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    #expect(lines.count == committed.count)
    for (line, expected) in zip(lines, committed) { #expect(line == expected) }
  }

  /// Loads and saves a file: nothing of the text is lost on the way.
  @Test(arguments: RecordedRun.allCases)
  func `say all that a run is made of`(run: RecordedRun) throws {
    let folder = try TemporaryFolder()
    try run.save(to: folder.file("f"))
    func expectSame<Scalar: OptimizerScalar>(_: Scalar.Type) throws {
      let checkpoint = try Checkpoint<Scalar>(folder.file("f"))
      let optimizer = try checkpoint.optimizer()
      let parameters = try checkpoint.parameters()
      if checkpoint.hasAverage {
        try optimizer.save(
          to: folder.file("again"), parameters: parameters,
          average: checkpoint.average())
      } else {
        try optimizer.save(to: folder.file("again"), parameters: parameters)
      }
    }
    if run == .shard {
      try expectSame(Double.self)
    } else {
      try expectSame(Float.self)
    }
    #expect(
      try content(of: folder.file("again")) == content(of: folder.file("f")))
  }

  @Test
  func `need all keys but those that may be missing, and may have others`()
    throws
  {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var (optional, required): (Set<String>, Set<String>) = ([], [])
    for run in RecordedRun.allCases {
      try run.save(to: path)
      let file = try AlteredFile(reading: path)
      for key in [AlteredFile.record, AlteredFile.average] {
        guard let text = file.metadata[key] else { continue }
        func isMalformed(_ tree: Any) throws -> Bool {
          var altered = file
          altered.metadata[key] = String(
            decoding: try JSONSerialization.data(withJSONObject: tree),
            as: UTF8.self)
          try altered.write(to: path)
          // Records are read before the scalar type is compared.
          let error = thrownError { () throws(CheckpointError) in
            _ = try Checkpoint<Float>(path)
          }
          return error?.description.hasPrefix("the checkpoint's '\(key)': ")
            == true
        }
        let tree = try JSONSerialization.jsonObject(with: Data(text.utf8))
        for change in changes(of: tree) {
          if change.isRemoval {
            if try isMalformed(change.tree) {
              required.insert(change.name)
            } else {
              optional.insert(change.name)
            }
          } else {
            #expect(try !isMalformed(change.tree), "\(change.name)")
          }
        }
      }
    }
    #expect(required.isDisjoint(with: optional))
    // So many that each field is among them.
    #expect(required.count >= 137)
    let group = "groups.group"
    let joined = "joined.schedules"
    #expect(
      optional == [
        "options.accumulation", "options.clipping", "options.updateClipping",
        "\(group).storage",
        "\(group).hyperparameters.learningRate.\(joined).\(joined)"
          + ".exponentialDecay.limit",
      ])
  }

  private struct Change {
    var name: String
    var isRemoval: Bool
    var tree: Any
  }

  /// A tree without one of its keys, and with an unknown one, for each place.
  private func changes(of tree: Any) -> [Change] {
    if let list = tree as? [Any] {
      return list.indices.flatMap { index in
        changes(of: list[index]).map { change in
          var copy = list
          copy[index] = change.tree
          return Change(
            name: change.name, isRemoval: change.isRemoval, tree: copy)
        }
      }
    }
    guard let object = tree as? [String: Any] else { return [] }
    func changed(_ key: String, to value: Any?) -> [String: Any] {
      var copy = object
      copy[key] = value
      return copy
    }
    return [
      Change(
        name: "unknown", isRemoval: false, tree: changed("unknown", to: 1))
    ]
      + object.flatMap { key, value in
        [Change(name: key, isRemoval: true, tree: changed(key, to: nil))]
          + changes(of: value).map {
            Change(
              name: "\(key).\($0.name)", isRemoval: $0.isRemoval,
              tree: changed(key, to: $0.tree))
          }
      }
  }
}
