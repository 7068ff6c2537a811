//===--- CheckpointFolder.swift - the checkpoints of a run ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import SafeTensors

/// The checkpoints of one run in one folder, named by their steps. The training
/// and the thread that saves share the object.
final class CheckpointFolder: Sendable {
  private static let suffix = ".safetensors"

  private let folder: Folder

  /// Opens or makes a folder, and removes the unfinished files of killed
  /// processes.
  init(_ path: String) throws(CheckpointError) {
    folder = try CheckpointError.wrapping { () throws(FileError) in
      let folder = try Folder(making: path)
      try folder.removeAbandonedFiles()
      return folder
    }
  }

  var path: String { folder.path }

  /// The path of the checkpoint of a step.
  func path(of step: Int) -> String { "\(folder.path)/\(name(of: step))" }

  private func name(of step: Int) -> String {
    StepName.text(of: step) + Self.suffix
  }

  /// The steps of the checkpoints in the folder, the newest first.
  func steps() throws(CheckpointError) -> [Int] {
    let names = try CheckpointError.wrapping { () throws(FileError) in
      try folder.names()
    }
    return names.compactMap { name in
      guard name.hasPrefix(StepName.prefix), name.hasSuffix(Self.suffix),
        let step = Int(
          name.dropFirst(StepName.prefix.count).dropLast(Self.suffix.count)),
        // The name must have as many zeros as a name of the library.
        step >= 0, name == self.name(of: step)
      else { return nil }
      return step
    }.sorted(by: >)
  }

  /// Removes the checkpoints up to a step, apart from the last `kept` of them
  /// and the last that is finite.
  ///
  /// Checkpoints of later steps belong to a run that was left. They stay and do
  /// not count. A folder or a pipe with the name of a checkpoint stays and does
  /// not count either. A file that cannot be removed stays until the next save
  /// tries again.
  ///
  /// - Parameters:
  ///   - step: The step of the checkpoint that was just saved.
  ///   - isFinite: Whether all numbers of that checkpoint are finite.
  ///   - kept: The number of checkpoints that stay.
  /// - Throws: ``CheckpointError`` if the folder cannot be read, or if the
  ///   reason for an error lies in no single file.
  func removeCheckpoints(
    upTo step: Int, isFinite: Bool, but kept: Int
  ) throws(CheckpointError) {
    let steps = try steps().filter {
      $0 <= step && folder.hasFile(name(of: $0))
    }
    // Otherwise a run that has come to NaN would replace all files that it can
    // go back to.
    var healthy = isFinite ? step : nil
    for step in steps where healthy == nil {
      if try CheckpointHeader.isHealthy(path(of: step), step: step) {
        healthy = step
      }
    }
    for old in steps.dropFirst(kept) where old != healthy {
      do throws(FileError) {
        try folder.remove(name(of: old))
      } catch {
        guard error.isOfOneFile else { throw .file(.file(error)) }
      }
    }
  }
}
