//===--- ShardFolder.swift - the sharded checkpoints of a run -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Foundation
internal import SafeTensors

/// The folder of the sharded checkpoints of one run. Each checkpoint is a
/// folder in it, called `step-000001000-` and a number that no other save has.
package struct ShardFolder: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  /// The names of the checkpoints that are complete, the newest first.
  package func complete() throws(CheckpointError) -> [String] {
    try names().filter(isComplete)
  }

  /// The name of the checkpoint that a run goes on from: the newest that does
  /// not say that it has numbers that are not finite, or else the newest of
  /// all.
  package func newest() throws(CheckpointError) -> String? {
    let complete = try complete()
    return try firstHealthy(of: complete) ?? complete.first
  }

  /// The first checkpoint whose files all open, are of the step in its name,
  /// and do not say that they have numbers that are not finite.
  private func firstHealthy(
    of names: [String]
  ) throws(CheckpointError) -> String? {
    for name in names {
      let index: ShardIndex
      do throws(CheckpointError) {
        index = try ShardIndex(in: "\(path)/\(name)")
      } catch {
        guard error.isOfOneFile else { throw error }
        continue
      }
      var isHealthy = index.step == Self.step(of: name)
      for file in index.files where isHealthy {
        isHealthy = try CheckpointHeader.isHealthy(
          "\(path)/\(name)/\(file.name)", step: index.step)
      }
      if isHealthy { return name }
    }
    return nil
  }

  /// Makes the folder of a new save.
  ///
  /// - Returns: The name of the folder.
  package func makeFolder(step: Int) throws(CheckpointError) -> String {
    let number = String(UInt32.random(in: .min ... .max), radix: 16)
    let name = "\(StepName.text(of: step))-\(number)"
    try CheckpointError.wrapping { () throws(FileError) in
      _ = try Folder(making: "\(path)/\(name)")
    }
    return name
  }

  /// Removes the files of saves that did not come to an end, and old
  /// checkpoints.
  ///
  /// Of the complete checkpoints up to a step, the last `kept` stay, `newest`
  /// among them. The last that is finite stays too. A file that cannot be
  /// removed stays until the next save tries again.
  ///
  /// - Parameters:
  ///   - step: The step of the checkpoint that was just saved.
  ///   - kept: The number of checkpoints that stay.
  ///   - newest: The name of the checkpoint that was just saved.
  /// - Throws: ``CheckpointError`` if the folder cannot be read, or if the
  ///   reason for an error lies in no single file.
  package func clean(
    upTo step: Int, but kept: Int, newest: String
  ) throws(CheckpointError) {
    let names = try names()
    let others = names.filter { $0 != newest }
    func saved(_ isRight: (Int) -> Bool) -> [String] {
      others.filter { isComplete($0) && Self.step(of: $0).map(isRight) == true }
    }
    let abandoned = others.filter { !isComplete($0) }
    // Another checkpoint of the same step is of a run that went back to an
    // earlier step.
    let replaced = saved { $0 == step }
    let earlier = saved { $0 < step }
    // Otherwise a run that has come to NaN would replace all checkpoints that
    // it can go back to.
    let healthy = try firstHealthy(of: [newest] + replaced + earlier)
    let old = earlier.dropFirst(kept - 1)
    for name in abandoned + replaced + old where name != healthy {
      remove(name)
    }
  }

  /// Removes a checkpoint, complete or not. A file that cannot be removed
  /// stays.
  package func remove(_ name: String) {
    // The index goes first, so that the rest of a checkpoint never counts as
    // complete.
    let folder = "\(path)/\(name)"
    try? FileManager.default.removeItem(
      atPath: "\(folder)/\(ShardIndex.fileName)")
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// Whether a checkpoint has an index, or may have an index that the process
  /// cannot look at, for want of memory or rights. A checkpoint without an
  /// index would be removed.
  private func isComplete(_ name: String) -> Bool {
    var status = stat()
    let index = "\(path)/\(name)/\(ShardIndex.fileName)"
    return unsafe stat(index, &status) == 0
      || (errno != ENOENT && errno != ENOTDIR)
  }

  /// The names of all checkpoints, complete or not, the newest first.
  private func names() throws(CheckpointError) -> [String] {
    let all = try CheckpointError.wrapping { () throws(FileError) in
      try Folder(opening: path).names()
    }
    return all.compactMap { name in Self.step(of: name).map { ($0, name) } }
      .sorted { $0 > $1 }.map { $0.1 }
  }

  /// The step in the name of a checkpoint, or `nil` for another name.
  private static func step(of name: String) -> Int? {
    guard name.hasPrefix(StepName.prefix) else { return nil }
    let parts = name.dropFirst(StepName.prefix.count).split(separator: "-")
    guard parts.count == 2, UInt32(parts[1], radix: 16) != nil else {
      return nil
    }
    return Int(parts[0])
  }
}
