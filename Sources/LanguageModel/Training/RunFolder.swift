//===--- RunFolder.swift - what a run leaves on disk, and finds again -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import AdEMAMixCheckpoints
internal import Foundation

/// The files of a run: its settings, its losses, and the state to go on from.
///
/// The losses are written before the state: a process that is killed in between
/// leaves a few too many, and they are dropped, since they will come again.
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
  private var checkpoint: String {
    folder.appending(path: "checkpoint.safetensors").path
  }

  func save(
    _ curve: Curve, _ optimizer: borrowing AdEMAMix<Float>,
    _ parameters: [Float]
  ) throws {
    try write(curveFile) { Data(curve.csv.utf8) }
    try optimizer.save(to: checkpoint, parameters: parameters)
  }

  /// Loads the last state, if there is one, and returns the losses up to it.
  func load(
    into optimizer: inout AdEMAMix<Float>, _ parameters: inout [Float]
  ) throws -> Curve {
    guard FileManager.default.fileExists(atPath: checkpoint) else {
      return Curve()
    }
    try optimizer.load(from: checkpoint, parameters: &parameters)
    var curve = try storedCurve()
    let steps = optimizer.stepCount
    curve.points.removeAll { $0.step > steps }
    let last = curve.points.last?.step ?? 0
    guard last == steps else {
      throw RunError.curveBehindCheckpoint(step: last, checkpoint: steps)
    }
    return curve
  }

  /// The losses as the file has them, or none.
  package func storedCurve() throws(RunError) -> Curve {
    guard let data = try? Data(contentsOf: curveFile) else { return Curve() }
    return try Curve(csv: String(decoding: data, as: UTF8.self))
  }

  /// Removes the state: a run that has ended keeps its losses alone.
  func removeCheckpoint() {
    try? FileManager.default.removeItem(atPath: checkpoint)
  }

  private func write(
    _ file: URL, _ data: () throws -> Data
  ) throws(RunError) {
    do { try data().write(to: file, options: .atomic) } catch {
      throw .unwritable(path: file.path, reason: error.localizedDescription)
    }
  }
}
