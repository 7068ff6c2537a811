//===--- PeriodicCheckpoint.swift - saves every so many steps -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

/// Checkpoints of a run, saved every so many steps while the training goes on.
///
///     var checkpoints = try PeriodicCheckpoint<Float>(in: "run", every: 1_000)
///     try checkpoints.resume(&optimizer, parameters: &parameters)
///     while optimizer.stepCount < 100_000 {
///       try optimizer.step(&parameters, gradients: gradients())
///       try checkpoints.saveIfDue(optimizer, parameters: parameters)
///     }
///     try checkpoints.save(optimizer, parameters: parameters)
///
/// The files are `step-000001000.safetensors` and so on. The last few of them
/// are kept, and the last whose numbers are finite, if it is none of them: a run
/// that has come to NaN does not replace what it can go back to. A folder is for
/// one run. A run that begins anew, or goes back by hand, needs another folder: or
/// it would be resumed from the later files of the old run.
///
/// A save copies state and parameters, and a thread of its own writes the copy:
/// the training waits for the copy alone. While it is being written, the next
/// save is put off, and ``finish()`` does not make up for it: `save` after the last
/// step, as above. Without memory for a copy of the state, the training waits for
/// the device instead.
///
/// At the end of its life it waits for a save that has begun, whose error is then
/// lost: call ``finish()`` before.
public struct PeriodicCheckpoint<Scalar: OptimizerScalar>: ~Copyable, Sendable {
  /// The steps from one save to the next. At least 1.
  public let interval: Int

  /// The checkpoints that are kept, the newest first, beside the last that is
  /// finite. At least 1.
  public let keptCount: Int

  /// Whether saves copy the state, and are written while the training goes on.
  public let savesInBackground: Bool

  let folder: CheckpointFolder
  /// The step of the last save, or that the run went on from.
  var lastStep = 0
  var running: BackgroundSave?

  /// Checkpoints in a folder, which is made where it is missing.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - interval: The steps from one save to the next.
  ///   - keptCount: The checkpoints to keep.
  ///   - savesInBackground: Whether to take memory for a copy of the state, so
  ///     that the training need not wait for the device.
  /// - Throws: ``CheckpointError`` for a number below 1, or a folder that cannot
  ///   be made or read.
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

  /// The folder.
  public var path: String { folder.path }

  /// Whether a save is being written in the background.
  public var isSaving: Bool { running?.hasEnded == false }

  /// Waits until the last save is on the device.
  ///
  /// - Throws: ``CheckpointError`` where it failed.
  public mutating func finish() throws(CheckpointError) {
    try waited().get()
  }

  /// The result of the last save, once it has ended.
  mutating func waited() -> Result<Void, CheckpointError> {
    let last = running
    running = nil
    return last?.waited() ?? .success(())
  }
}
