//===--- CheckpointManager+Save.swift - a save now, or when it is due -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

extension CheckpointManager {
  /// Saves a run that has come to the next multiple of the interval, with the
  /// `average` of the optimizer, if it has one. A program calls it after each
  /// step.
  ///
  /// A save that fails is not made up for: the next one is due at the next
  /// multiple of the interval.
  ///
  /// - Parameters:
  ///   - optimizer: The optimizer after a step.
  ///   - parameters: Its parameters, in a tree of any kind.
  ///   - metadata: Texts that the run needs to go on, with the same rules as
  ///     for `AdEMAMix.save(to:parameters:metadata:)`. They are evaluated only
  ///     if a save is due.
  /// - Returns: Whether a save has begun.
  /// - Throws: ``CheckpointError`` of this save, or of an earlier save that was
  ///   written meanwhile. Files that are whole remain.
  /// - Complexity: O(count of the shard) if a save is due, and otherwise O(1).
  @discardableResult
  public mutating func saveIfDue<Parameters: TensorTree<Scalar>>(
    _ optimizer: borrowing AdEMAMix<Scalar>, parameters: Parameters,
    metadata: @autoclosure () -> [String: String] = [:]
  ) throws(CheckpointError) -> Bool {
    guard try isDue(optimizer.stepCount) else { return false }
    try unsafe save(
      optimizer, optimizer.tensors(parameters), nil, metadata(),
      inBackground: savesInBackground)
    return true
  }

  /// Saves a run whose weights are split, if it has come to the next multiple
  /// of the interval.
  ///
  /// - Parameters:
  ///   - optimizer: The optimizer after a step.
  ///   - weights: The upper parts of its weights.
  ///   - metadata: Texts that the run needs to go on. They are evaluated only
  ///     if a save is due.
  /// - Returns: Whether a save has begun.
  /// - Throws: ``CheckpointError`` of this save, or of an earlier save that was
  ///   written meanwhile. Files that are whole remain.
  /// - Complexity: O(count of the shard) if a save is due, and otherwise O(1).
  @discardableResult
  public mutating func saveIfDue<Weights: TensorTree<BFloat16>>(
    _ optimizer: borrowing AdEMAMix<Scalar>, parameters weights: Weights,
    metadata: @autoclosure () -> [String: String] = [:]
  ) throws(CheckpointError) -> Bool where Scalar == Float {
    guard try isDue(optimizer.stepCount) else { return false }
    try unsafe save(
      optimizer, optimizer.tensors(weights), nil, metadata(),
      inBackground: savesInBackground)
    return true
  }

  /// Saves a run with an average that the program keeps, if the run has come to
  /// the next multiple of the interval.
  ///
  /// - Parameters:
  ///   - optimizer: The optimizer after a step.
  ///   - parameters: Its parameters, in a tree of any kind.
  ///   - average: An average of the same parameters, which must not be swapped
  ///     with them.
  ///   - metadata: Texts that the run needs to go on. They are evaluated only
  ///     if a save is due.
  /// - Returns: Whether a save has begun.
  /// - Throws: ``CheckpointError`` of this save, or of an earlier save that was
  ///   written meanwhile. Files that are whole remain.
  /// - Complexity: O(count of the shard) if a save is due, and otherwise O(1).
  @discardableResult
  public mutating func saveIfDue<Parameters: TensorTree<Scalar>>(
    _ optimizer: borrowing AdEMAMix<Scalar>, parameters: Parameters,
    average: borrowing ParameterAverage<Scalar>,
    metadata: @autoclosure () -> [String: String] = [:]
  ) throws(CheckpointError) -> Bool {
    guard try isDue(optimizer.stepCount) else { return false }
    try unsafe save(
      optimizer, optimizer.tensors(parameters), StoredAverage(average),
      metadata(), inBackground: savesInBackground)
    return true
  }

  /// Saves a run now, with the `average` of the optimizer, if it has one, and
  /// returns when the file is on the device. A program calls it after the last
  /// step, or when the process is asked to end.
  ///
  /// - Parameters:
  ///   - optimizer: The optimizer after a step.
  ///   - parameters: Its parameters, in a tree of any kind.
  ///   - metadata: Texts that the run needs to go on.
  /// - Throws: ``CheckpointError`` of this save, or of an earlier save that was
  ///   written meanwhile. This save is made even if the earlier save failed.
  /// - Complexity: O(count of the shard).
  public mutating func save<Parameters: TensorTree<Scalar>>(
    _ optimizer: borrowing AdEMAMix<Scalar>, parameters: Parameters,
    metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    let earlier = waited()
    try unsafe save(
      optimizer, optimizer.tensors(parameters), nil, metadata,
      inBackground: false)
    try earlier.get()
  }

  /// Saves a run whose weights are split now, and returns when the file is on
  /// the device.
  ///
  /// - Parameters:
  ///   - optimizer: The optimizer after a step.
  ///   - weights: The upper parts of its weights.
  ///   - metadata: Texts that the run needs to go on.
  /// - Throws: ``CheckpointError`` of this save, or of an earlier save that was
  ///   written meanwhile. This save is made even if the earlier save failed.
  /// - Complexity: O(count of the shard).
  public mutating func save<Weights: TensorTree<BFloat16>>(
    _ optimizer: borrowing AdEMAMix<Scalar>, parameters weights: Weights,
    metadata: [String: String] = [:]
  ) throws(CheckpointError) where Scalar == Float {
    let earlier = waited()
    try unsafe save(
      optimizer, optimizer.tensors(weights), nil, metadata,
      inBackground: false)
    try earlier.get()
  }

  /// Saves a run with an average that the program keeps now, and returns when
  /// the file is on the device.
  ///
  /// - Parameters:
  ///   - optimizer: The optimizer after a step.
  ///   - parameters: Its parameters, in a tree of any kind.
  ///   - average: An average of the same parameters, which must not be swapped
  ///     with them.
  ///   - metadata: Texts that the run needs to go on.
  /// - Throws: ``CheckpointError`` of this save, or of an earlier save that was
  ///   written meanwhile. This save is made even if the earlier save failed.
  /// - Complexity: O(count of the shard).
  public mutating func save<Parameters: TensorTree<Scalar>>(
    _ optimizer: borrowing AdEMAMix<Scalar>, parameters: Parameters,
    average: borrowing ParameterAverage<Scalar>,
    metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    let earlier = waited()
    try unsafe save(
      optimizer, optimizer.tensors(parameters), StoredAverage(average),
      metadata, inBackground: false)
    try earlier.get()
  }

  /// Whether a save is due while no other save is being written.
  private mutating func isDue(_ step: Int) throws(CheckpointError) -> Bool {
    if let running {
      guard running.hasEnded else { return false }
      try finish()
    }
    // The quotient is lower if the caller has gone back to an older state.
    return step / interval != lastStep / interval
  }

  private mutating func save(
    _ optimizer: borrowing AdEMAMix<Scalar>,
    _ parameters: CallerTensors<Scalar>, _ average: StoredAverage<Scalar>?,
    _ metadata: [String: String], inBackground: Bool
  ) throws(CheckpointError) {
    let step = optimizer.stepCount
    lastStep = step
    let folder = folder, keptCount = keptCount
    if inBackground,
      let snapshot = try unsafe snapshot(
        optimizer, parameters, average, metadata)
    {
      running = BackgroundSave { () throws(CheckpointError) in
        let isFinite = try snapshot.write(folder.path(of: step))
        try folder.removeCheckpoints(
          upTo: step, isFinite: isFinite, but: keptCount)
      }
      return
    }
    let isFinite = try unsafe optimizer.write(
      folder.path(of: step), parameters, average: average, metadata)
    try folder.removeCheckpoints(upTo: step, isFinite: isFinite, but: keptCount)
  }

  /// A copy of the run, or `nil` if there is no memory for a copy.
  private func snapshot(
    _ optimizer: borrowing AdEMAMix<Scalar>,
    _ parameters: CallerTensors<Scalar>, _ average: StoredAverage<Scalar>?,
    _ metadata: [String: String]
  ) throws(CheckpointError) -> Snapshot<Scalar>? {
    do throws(CheckpointError) {
      return try unsafe Snapshot(optimizer, parameters, average, metadata)
    } catch {
      guard error.isOutOfMemory else { throw error }
      return nil
    }
  }
}
