//===--- PreparedLoad.swift - a checkpoint that has been read -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// A checkpoint that has been read and checked, and can be taken over without
/// an error.
package struct PreparedLoad<Scalar: OptimizerScalar>: ~Copyable {
  package var optimizer: AdEMAMix<Scalar>
  let parameters: LoadedParameters<Scalar>
  /// The average, where one was asked for.
  var average: ParameterAverage<Scalar>?
  let result: LoadedCheckpoint

  /// The state of the average but for its elements, where one was asked for.
  package var averageRecord: AverageRecord? {
    switch average {
    case .some(let average): average.record
    case nil: nil
    }
  }
}

extension AdEMAMix {
  /// Reads the shard's part of a checkpoint, in whatever files it lies, with
  /// the average if this optimizer has one.
  package func prepareLoad(
    from path: String, keeping kept: KeptSettings
  ) throws(CheckpointError) -> PreparedLoad<Scalar> {
    let checkpoint = try Checkpoint<Scalar>(path)
    return try prepareLoad(
      checkpoint.part(of: shard), averageSettings, keeping: kept)
  }

  /// Reads a checkpoint of this optimizer's shard.
  ///
  /// - Parameters:
  ///   - content: The checkpoint.
  ///   - own: The settings of the average that is to be replaced. `nil` reads
  ///     no average.
  ///   - kept: The settings of this optimizer that stay as they are.
  /// - Returns: The state to take over.
  /// - Throws: ``CheckpointError``.
  func prepareLoad<Content: CheckpointContent<Scalar> & ~Copyable>(
    _ content: borrowing Content, _ own: AverageSettings?,
    keeping kept: KeptSettings
  ) throws(CheckpointError) -> PreparedLoad<Scalar> {
    if let own, own.count != shard.count {
      throw .averageCount(own.count, expected: shard.count)
    }
    var loaded = try loaded(content, keeping: kept)
    let parameters = try LoadedParameters(content, &loaded)
    var differences = differences(from: content, kept)
    var average: ParameterAverage<Scalar>?
    if let own {
      average = try content.average(
        decay: kept.contains(.hyperparameters) ? own.decay : nil,
        functions: record.functions.merging(own.decay.knownFunctions) { $1 },
        sizes: own.sizes, threads: own.threads)
      if let stored = content.header.average?.decay {
        differences.compare(averageDecay: stored, own.decay, kept)
      }
    }
    return PreparedLoad(
      optimizer: loaded, parameters: parameters, average: average,
      result: LoadedCheckpoint(content, differences))
  }

  /// Takes over what has been read.
  ///
  /// - Parameters:
  ///   - load: The state.
  ///   - tensors: The trees that receive the parameters, which have been
  ///     checked.
  ///   - isOfModel: Whether the trees have the whole model.
  /// - Returns: The content of the checkpoint beside the state.
  package mutating func complete(
    _ load: consuming PreparedLoad<Scalar>, in tensors: CallerTensors<Scalar>,
    isOfModel: Bool = false
  ) -> LoadedCheckpoint {
    let result = load.result
    load.parameters.store(
      in: tensors, isOfModel: isOfModel, load.optimizer)
    if let loaded = load.average.take() { average = consume loaded }
    adopt(load.optimizer)
    return result
  }
}

extension LoadedCheckpoint {
  /// The metadata of a checkpoint, and the differences.
  init<Content: CheckpointContent & ~Copyable>(
    _ content: borrowing Content, _ differences: SettingDifferences
  ) {
    self.init(
      path: content.path, stepCount: content.stepCount,
      metadata: content.metadata, isFinite: content.isFinite,
      differences: differences.found)
  }
}
