//===--- CheckpointManager.swift - saves at intervals, goes on from files -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

/// The checkpoints of a run in a folder, which are saved at an interval of
/// steps while the training goes on.
///
///     var checkpoints = try CheckpointManager<Float>(in: "run", every: 1_000)
///     try checkpoints.resume(&optimizer, parameters: &parameters)
///     while optimizer.stepCount < 100_000 {
///       try optimizer.step(&parameters, gradients: gradients())
///       try checkpoints.saveIfDue(optimizer, parameters: parameters)
///     }
///     try checkpoints.save(optimizer, parameters: parameters)
///
/// The files are `step-000001000.safetensors` and so on. The manager keeps the
/// last few of them. It also keeps the last file whose numbers are finite, so
/// that a run that has come to NaN does not lose the state to go back to.
///
/// A folder is for one run. A run that begins anew, or that goes back by hand,
/// needs another folder. Otherwise it would be resumed from the later files of
/// the old run.
///
/// A save copies the state and the parameters, and a thread of its own writes
/// the copy: the training waits for the copy alone. While that thread writes,
/// the next save is put off. ``finish()`` does not make up for a save that was
/// put off, so a program calls `save` after the last step. Without memory for a
/// copy of the state, the training waits for the device.
///
/// At the end of its life, a manager waits for a save that has begun, and loses
/// the error of that save. A program that needs the error calls ``finish()``
/// before.
public struct CheckpointManager<Scalar: OptimizerScalar>: ~Copyable, Sendable {
  /// The number of steps from one save to the next. At least 1.
  package let interval: Int

  /// The number of checkpoints that are kept, apart from the last that is
  /// finite. At least 1.
  package let keptCount: Int

  /// Whether saves copy the state and are written while the training goes on.
  package let savesInBackground: Bool

  let folder: CheckpointFolder
  /// The step of the last save, or the step that the run went on from.
  var lastStep = 0
  /// The save that is being written, or whose result was not looked at yet.
  var running: BackgroundSave?

  /// A manager of the checkpoints in a folder, which is made if it is missing.
  ///
  /// - Parameters:
  ///   - path: The path of the folder.
  ///   - interval: The number of steps from one save to the next. At least 1.
  ///   - keptCount: The number of checkpoints to keep, apart from the last that
  ///     is finite. At least 1.
  ///   - savesInBackground: Whether to take memory for a copy of the state, so
  ///     that the training need not wait for the device.
  /// - Throws: ``CheckpointError`` for a number below 1, or for a folder that
  ///   cannot be made or read.
  /// - Complexity: O(number of files in the folder).
  public init(
    in path: String, every interval: Int, keepingLast keptCount: Int = 3,
    inBackground savesInBackground: Bool = true
  ) throws(CheckpointError) {
    guard interval > 0 else { throw .interval(interval) }
    guard keptCount > 0 else { throw .keptCount(keptCount) }
    folder = try CheckpointFolder(path)
    self.interval = interval
    self.keptCount = keptCount
    self.savesInBackground = savesInBackground
  }

  deinit { _ = running?.waited() }

  /// The path of the folder.
  package var path: String { folder.path }

  /// Whether a save is being written in the background.
  package var isSaving: Bool { running?.hasEnded == false }

  /// Waits until the last save is on the device.
  ///
  /// - Throws: ``CheckpointError`` if the save failed.
  public mutating func finish() throws(CheckpointError) {
    try waited().get()
  }

  /// Waits for the last save, and returns its result.
  mutating func waited() -> Result<Void, CheckpointError> {
    let last = running
    running = nil
    return last?.waited() ?? .success(())
  }
}
