//===--- RunFolder.swift - what a run leaves on disk, and finds again -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMixCheckpoints
internal import Foundation

/// The files of a run: its settings, its losses, and checkpoints to go on from.
///
/// The losses are for people, and tell when a run has ended: a checkpoint holds
/// those up to its step itself.
package struct RunFolder: Sendable {
  private let folder: URL

  /// A folder, made where there is none, for a run with these settings.
  ///
  /// - Throws: ``RunError`` for a folder of another run, or one that cannot be
  ///   written.
  package init(_ path: String, _ settings: RunSettings) throws(RunError) {
    folder = URL(filePath: path, directoryHint: .isDirectory)
    do {
      try FileManager.default.createDirectory(
        at: folder, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(path: path, reason: error.localizedDescription)
    }
    let file = folder.appending(path: "settings.json")
    if let data = try? Data(contentsOf: file) {
      let stored = try? JSONDecoder().decode(RunSettings.self, from: data)
      guard stored == settings else { throw .otherSettings(folder: path) }
    } else {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      try write(file) { try encoder.encode(settings) }
    }
  }

  private var curveFile: URL { folder.appending(path: "curve.csv") }
  private var checkpointFolder: String {
    folder.appending(path: "checkpoints").path
  }

  /// Where the run is saved every so many steps.
  func checkpoints(
    every interval: Int
  ) throws(CheckpointError) -> PeriodicCheckpoint<Float> {
    try PeriodicCheckpoint(
      in: checkpointFolder, every: interval, keepingLast: 2)
  }

  /// Where several processes save the run.
  var sharded: String { folder.appending(path: "sharded").path }

  /// Writes the losses up to now.
  func save(_ curve: Curve) throws(RunError) {
    try write(curveFile) { Data(curve.csv.utf8) }
  }

  /// The losses as the file has them, or none.
  package func storedCurve() throws(RunError) -> Curve {
    guard let data = try? Data(contentsOf: curveFile) else { return Curve() }
    return try Curve(csv: String(decoding: data, as: UTF8.self))
  }

  /// Removes the checkpoints: a run that has ended keeps its losses alone.
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
