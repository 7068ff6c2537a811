//===--- PeriodicCheckpoint+Resume.swift - from the newest intact file ----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
internal import SafeTensors

/// What a run goes on from.
public struct ResumedCheckpoint: Sendable, Hashable {
  /// The file.
  public let path: String
  /// What the caller had added when it was saved.
  public let metadata: [String: String]
  /// Newer files that were passed over, the newest first.
  public let damaged: [DamagedCheckpoint]
}

extension PeriodicCheckpoint {
  /// Takes over the state of the newest file that is as it was written, with its
  /// parameters.
  ///
  /// A file that is damaged is passed over, and stays. One that is intact but
  /// does not fit is an error: to start anew would be a surprise.
  ///
  /// - Parameters:
  ///   - optimizer: An optimizer of the same layout, but for hyperparameters and
  ///     freezing.
  ///   - parameters: Where the parameters go: flat, or by tensor.
  ///   - convertingStorage: Whether groups keep their own storage of moments where
  ///     the file has other formats, as with
  ///     `AdEMAMix.load(from:parameters:convertingStorage:)`.
  /// - Returns: What the run goes on from, or `nil` where there are no files:
  ///   nothing has changed then.
  /// - Throws: ``CheckpointError``: ``CheckpointError/noneIntact(_:)`` where there
  ///   are only damaged files. Then nothing has changed.
  /// - Complexity: O(count of the shard).
  @discardableResult
  public mutating func resume<Element: ParameterElement>(
    _ optimizer: inout AdEMAMix<Scalar>, parameters: inout [Element],
    convertingStorage: Bool = false
  ) throws(CheckpointError) -> ResumedCheckpoint?
  where Element.Scalar == Scalar {
    try resume { path throws(CheckpointError) in
      let metadata = try optimizer.load(
        from: path, parameters: &parameters,
        convertingStorage: convertingStorage)
      return (optimizer.stepCount, metadata)
    }
  }

  /// Takes over the state of the newest file that is as it was written, with its
  /// parameters and their average.
  ///
  /// Like the one without an average otherwise.
  @discardableResult
  public mutating func resume<Element: ParameterElement>(
    _ optimizer: inout AdEMAMix<Scalar>, parameters: inout [Element],
    average: inout ParameterAverage<Scalar>, convertingStorage: Bool = false
  ) throws(CheckpointError) -> ResumedCheckpoint?
  where Element.Scalar == Scalar {
    try resume { path throws(CheckpointError) in
      let metadata = try optimizer.load(
        from: path, parameters: &parameters, average: &average,
        convertingStorage: convertingStorage)
      return (optimizer.stepCount, metadata)
    }
  }

  /// Loads the newest file that is intact: `load` returns its step and metadata.
  private mutating func resume(
    _ load: (_ path: String) throws(CheckpointError) -> (
      step: Int, metadata: [String: String]
    )
  ) throws(CheckpointError) -> ResumedCheckpoint? {
    try finish()
    var damaged: [DamagedCheckpoint] = []
    for step in try folder.steps() {
      let path = folder.path(of: step)
      do throws(CheckpointError) {
        let loaded = try load(path)
        lastStep = loaded.step
        return ResumedCheckpoint(
          path: path, metadata: loaded.metadata, damaged: damaged)
      } catch {
        guard case .file(let fault) = error, fault.isDamage else { throw error }
        damaged.append(DamagedCheckpoint(path: path, error: fault))
      }
    }
    guard damaged.isEmpty else { throw .noneIntact(damaged) }
    return nil
  }
}
