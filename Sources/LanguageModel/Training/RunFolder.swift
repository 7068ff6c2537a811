//===--- RunFolder.swift - the files of a run -----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMixCheckpoints
internal import Foundation

/// The files of a run: its settings, its losses, and its checkpoints.
///
/// The file of losses is for people, and shows whether the run has ended. A run
/// that goes on does not read it, since a checkpoint has the losses up to its
/// step.
package struct RunFolder: Sendable {
  private let folder: URL

  /// The folder of a run with these settings, which is made if it is missing.
  ///
  /// - Parameters:
  ///   - path: The path of the folder.
  ///   - settings: The settings of the run.
  ///   - extending: Whether a run in the folder with fewer steps goes on with
  ///     the steps and schedules of `settings`.
  /// - Throws: ``RunError`` for a folder of another run, or one that cannot be
  ///   written.
  package init(
    _ path: String, _ settings: RunSettings, extending: Bool = false
  ) throws(RunError) {
    folder = URL(filePath: path, directoryHint: .isDirectory)
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: path, reason: error.localizedDescription)
    }
    let file = folder.appending(path: "settings.json")
    if let data = try? Data(contentsOf: file) {
      guard
        let stored = try? JSONDecoder().decode(RunSettings.self, from: data)
      else {
        throw .otherSettings(
          folder: path, differences: ["its settings.json cannot be read"],
          canBeExtended: false)
      }
      if stored == settings { return }
      let isLonger = stored.isExtended(by: settings)
      guard extending, isLonger else {
        throw .otherSettings(
          folder: path, differences: settings.differences(from: stored),
          canBeExtended: isLonger)
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try write(file) { try encoder.encode(settings) }
  }

  private var curveFile: URL { folder.appending(path: "curve.csv") }
  private var checkpointFolder: String {
    folder.appending(path: "checkpoints").path
  }

  /// The checkpoints of the run, one after every `interval` steps.
  func checkpoints(
    every interval: Int
  ) throws(CheckpointError) -> CheckpointManager<Float> {
    try CheckpointManager(
      in: checkpointFolder, every: interval, keepingLast: 2)
  }

  /// The path at which several processes save the run.
  var sharded: String { folder.appending(path: "sharded").path }

  /// Writes the file of losses.
  func save(_ curve: Curve) throws(RunError) {
    try write(curveFile) { Data(curve.csv.utf8) }
  }

  /// The losses in the file, or none if there is no file.
  package func storedCurve() throws(RunError) -> Curve {
    guard let data = try? Data(contentsOf: curveFile) else { return Curve() }
    return try Curve(csv: String(decoding: data, as: UTF8.self))
  }

  /// Removes the checkpoints. A run that has ended needs its losses alone.
  func removeCheckpoints() {
    try? FileManager.default.removeItem(atPath: checkpointFolder)
  }

  private func write(
    _ file: URL, _ data: () throws -> Data
  ) throws(RunError) {
    do { try data().write(to: file, options: .atomic) } catch {
      throw .unwritable(path: file.path, reason: error.localizedDescription)
    }
  }
}
