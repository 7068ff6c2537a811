//===--- CheckpointFolder.swift - the checkpoints of a run ----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import SafeTensors

/// The checkpoints of one run, in one folder, named by their steps. Shared by the
/// training and the thread that saves.
final class CheckpointFolder: Sendable {
  private static let suffix = ".safetensors"

  private let folder: Folder

  /// Opens a folder, or makes it, and removes what killed processes left there.
  init(_ path: String) throws(CheckpointError) {
    folder = try CheckpointError.wrapping { () throws(FileError) in
      let folder = try Folder(making: path)
      try folder.removeAbandonedFiles()
      return folder
    }
  }

  var path: String { folder.path }

  /// Where the checkpoint of a step lies.
  func path(of step: Int) -> String { "\(folder.path)/\(name(of: step))" }

  private func name(of step: Int) -> String {
    StepName.text(of: step) + Self.suffix
  }

  /// The steps that there are checkpoints of, the newest first.
  func steps() throws(CheckpointError) -> [Int] {
    let names = try CheckpointError.wrapping { () throws(FileError) in
      try folder.names()
    }
    return names.compactMap { name in
      guard name.hasPrefix(StepName.prefix), name.hasSuffix(Self.suffix),
        let step = Int(
          name.dropFirst(StepName.prefix.count).dropLast(Self.suffix.count)),
        // Not a name that only looks like one of these.
        step >= 0, name == self.name(of: step)
      else { return nil }
      return step
    }.sorted(by: >)
  }

  /// Removes the checkpoints up to a step but the last `kept` of them, and the last
  /// that is finite.
  ///
  /// Checkpoints of later steps are of a run that was left: they neither count nor
  /// go, nor does a folder or a pipe that has the name of one. A file that cannot
  /// be removed stays: the next save tries again.
  ///
  /// - Parameters:
  ///   - step: That of the checkpoint that was saved just now.
  ///   - isFinite: Whether it has finite numbers alone.
  ///   - kept: How many stay.
  /// - Throws: ``CheckpointError`` where the folder cannot be read, or the reason
  ///   lies in no single file.
  func removeCheckpoints(
    upTo step: Int, isFinite: Bool, but kept: Int
  ) throws(CheckpointError) {
    let steps = try steps().filter {
      $0 <= step && folder.hasFile(name(of: $0))
    }
    // A run that has come to NaN would replace all that it can go back to.
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
