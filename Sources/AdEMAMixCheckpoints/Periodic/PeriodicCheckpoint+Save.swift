//===--- PeriodicCheckpoint+Save.swift - now, or when it is due -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix

extension PeriodicCheckpoint {
  /// Saves a run that has come to the next multiple of ``interval``; to be called
  /// after each step.
  ///
  /// - Parameters:
  ///   - optimizer: The optimizer after a step.
  ///   - parameters: Its parameters: flat, or by tensor.
  ///   - metadata: What else the run needs to go on. Looked at only if a save is
  ///     due.
  /// - Returns: Whether a save has begun.
  /// - Throws: ``CheckpointError``, also for a save that began earlier. Files that
  ///   are whole remain.
  /// - Complexity: O(count of the shard) where a save is due.
  @discardableResult
  public mutating func saveIfDue<Element: ParameterElement>(
    _ optimizer: borrowing AdEMAMix<Scalar>, parameters: [Element],
    metadata: @autoclosure () -> [String: String] = [:]
  ) throws(CheckpointError) -> Bool where Element.Scalar == Scalar {
    guard try isDue(optimizer.stepCount) else { return false }
    try unsafe save(
      optimizer, parameters, nil, metadata(), inBackground: savesInBackground)
    return true
  }

  /// Saves a run with an average of its parameters, when it is due.
  ///
  /// All else is as without an average.
  @discardableResult
  public mutating func saveIfDue<Element: ParameterElement>(
    _ optimizer: borrowing AdEMAMix<Scalar>, parameters: [Element],
    average: borrowing ParameterAverage<Scalar>,
    metadata: @autoclosure () -> [String: String] = [:]
  ) throws(CheckpointError) -> Bool where Element.Scalar == Scalar {
    guard try isDue(optimizer.stepCount) else { return false }
    try unsafe save(
      optimizer, parameters, StoredAverage(average), metadata(),
      inBackground: savesInBackground)
    return true
  }

  /// Saves a run now, and returns when it is on the device: before the process
  /// ends, or is asked to.
  ///
  /// - Throws: ``CheckpointError``, also for a save that began earlier: after this
  ///   one, which is made all the same.
  /// - Complexity: O(count of the shard).
  public mutating func save<Element: ParameterElement>(
    _ optimizer: borrowing AdEMAMix<Scalar>, parameters: [Element],
    metadata: [String: String] = [:]
  ) throws(CheckpointError) where Element.Scalar == Scalar {
    let earlier = waited()
    try unsafe save(optimizer, parameters, nil, metadata, inBackground: false)
    try earlier.get()
  }

  /// Saves a run with an average of its parameters now.
  ///
  /// All else is as without an average.
  public mutating func save<Element: ParameterElement>(
    _ optimizer: borrowing AdEMAMix<Scalar>, parameters: [Element],
    average: borrowing ParameterAverage<Scalar>,
    metadata: [String: String] = [:]
  ) throws(CheckpointError) where Element.Scalar == Scalar {
    let earlier = waited()
    try unsafe save(
      optimizer, parameters, StoredAverage(average), metadata,
      inBackground: false)
    try earlier.get()
  }

  /// Whether a save is due and none is being written.
  private mutating func isDue(_ step: Int) throws(CheckpointError) -> Bool {
    if let running {
      guard running.hasEnded else { return false }
      try finish()
    }
    // Fewer where the caller has gone back to an older state.
    return step / interval != lastStep / interval
  }

  private mutating func save<Element: ParameterElement>(
    _ optimizer: borrowing AdEMAMix<Scalar>, _ parameters: [Element],
    _ average: StoredAverage<Scalar>?, _ metadata: [String: String],
    inBackground: Bool
  ) throws(CheckpointError) where Element.Scalar == Scalar {
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

  /// A copy, or `nil` where there is no memory for one.
  private func snapshot<Element: ParameterElement>(
    _ optimizer: borrowing AdEMAMix<Scalar>, _ parameters: [Element],
    _ average: StoredAverage<Scalar>?, _ metadata: [String: String]
  ) throws(CheckpointError) -> Snapshot<Scalar>?
  where Element.Scalar == Scalar {
    do throws(CheckpointError) {
      return try unsafe Snapshot(optimizer, parameters, average, metadata)
    } catch {
      switch error {
      case .invalidState(.outOfMemory), .invalidAverage(.outOfMemory):
        return nil
      default: throw error
      }
    }
  }
}
