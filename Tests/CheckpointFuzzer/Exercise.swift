//===--- Exercise.swift - every call that takes a file --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport

/// Makes every call that takes a file, and checks what comes of one that is
/// accepted: it must train on, be saved, and be loaded again.
struct Exercise {
  /// Shards of more elements are loaded, but no parameters are made for them.
  static let largestTrained = 1 << 18

  /// The folder for files of its own.
  let folder: String

  /// The bytes of the files of the input.
  private let byteCount: Int

  /// The number of optimizers that were accepted.
  var acceptedCount = 0

  init(in folder: String, fileByteCount: Int) {
    self.folder = folder
    byteCount = fileByteCount
  }

  mutating func file(_ path: String) {
    file(path, Float.self)
    file(path, Double.self)
  }

  mutating func folder(_ path: String, _ random: inout RandomNumbers) {
    folder(path, &random, Float.self)
    folder(path, &random, Double.self)
  }

  private mutating func file<Scalar: OptimizerScalar>(
    _ path: String, _: Scalar.Type
  ) {
    let byteCount = byteCount
    attempt(byteCount) { () throws(CheckpointError) in
      _ = try Checkpoint<Scalar>(path).metadata
    }
    attempt(byteCount) { () throws(CheckpointError) in
      let checkpoint = try Checkpoint<Scalar>(path)
      attempt(byteCount) { () throws(CheckpointError) in
        let average = try checkpoint.average(threads: 1)
        check(average, of: checkpoint)
      }
      attempt(byteCount) { () throws(CheckpointError) in
        let parameters = try checkpoint.parameters()
        require(
          parameters.count == checkpoint.shard.count, "other parameters")
      }
      for engine in StepEngine.allCases.map(Optional.some) + [nil] {
        attempt(byteCount) { () throws(CheckpointError) in
          train(try checkpoint.optimizer(engine: engine, threads: 1))
        }
      }
      load(path, checkpoint.layout, shard: checkpoint.shard, Scalar.self)
    }
    attempt(byteCount) { () throws(CheckpointError) in
      _ = try Checkpoint<Scalar>(path).optimizer(threads: 2)
    }
  }

  private mutating func folder<Scalar: OptimizerScalar>(
    _ path: String, _ random: inout RandomNumbers, _: Scalar.Type
  ) {
    let byteCount = byteCount
    attempt(byteCount) { () throws(CheckpointError) in
      _ = try ShardedCheckpoints.paths(in: folder)
      _ = try ShardedCheckpoints.newestPath(in: folder)
      let checkpoint = try Checkpoint<Scalar>(path)
      attempt(byteCount) { () throws(CheckpointError) in
        let all = try checkpoint.parameters()
        require(
          all.count == checkpoint.layout.count, "other parameters")
      }
      attempt(byteCount) { () throws(CheckpointError) in
        train(try checkpoint.optimizer(threads: 1))
      }
      let ends = [
        0, -1, 1, 256, 700, checkpoint.layout.count,
        checkpoint.layout.count &+ 1, 1 << 62, .max, .min,
      ]
      for _ in 0..<6 {
        let (one, other) = (random.one(of: ends), random.one(of: ends))
        let range = min(one, other)..<max(one, other)
        attempt(byteCount) { () throws(CheckpointError) in
          let some = try checkpoint.parameters(of: range)
          require(some.count == range.count, "other parameters")
        }
        attempt(byteCount) { () throws(CheckpointError) in
          train(try checkpoint.optimizer(shard: range, threads: 1))
        }
      }
    }
  }

  /// Loads a file into an optimizer of its layout, in all shapes of parameters.
  private mutating func load<Scalar: OptimizerScalar>(
    _ path: String, _ layout: ParameterLayout, shard: Range<Int>,
    _: Scalar.Type
  ) {
    let byteCount = byteCount
    guard shard.count <= Self.largestTrained,
      var optimizer = try? AdEMAMix<Scalar>(
        layout, shard: shard, engine: layout.engine, threads: 1)
    else { return }
    var flat = [Scalar](repeating: 1, count: shard.count)
    guard
      var average = try? ParameterAverage<Scalar>(
        of: flat, decay: 0.5, threads: 1)
    else { return }
    var arrays = layout.tensors.map {
      [Scalar](repeating: 1, count: $0.range.clamped(to: shard).count)
    }
    attempt(byteCount) { () throws(CheckpointError) in
      try optimizer.load(from: path)
      try optimizer.load(from: path, parameters: &flat)
      try optimizer.load(from: path, parameters: &arrays)
      try optimizer.load(from: path, parameters: &arrays, average: &average)
    }
    attempt(byteCount) { () throws(CheckpointError) in
      try loadBuffers(&optimizer, path, &flat)
    }
    // With each choice of the code's settings, which are the defaults.
    for rawValue in 1..<16 {
      optimizer.options = StepOptions()
      try? optimizer.updateGroups {
        $0.hyperparameters = Hyperparameters(learningRate: 0.1)
        $0.isFrozen = false
      }
      attempt(byteCount) { () throws(CheckpointError) in
        try optimizer.load(
          from: path, keeping: KeptSettings(rawValue: rawValue))
        if let copy = try? optimizer.copy() { train(copy) }
      }
    }
    // Into another storage.
    do throws(AdEMAMixError) {
      optimizer.engine = .fused
      try optimizer.updateGroups {
        $0.storage = $0.storage.isFull ? .compact : .full
      }
    } catch { return }
    attempt(byteCount) { () throws(CheckpointError) in
      try optimizer.load(
        from: path, parameters: &flat, keeping: .storage)
      try optimizer.save(to: "\(folder)/converted", parameters: flat)
    }
  }

  private func loadBuffers<Scalar: OptimizerScalar>(
    _ optimizer: inout AdEMAMix<Scalar>, _ path: String,
    _ flat: inout [Scalar]
  ) throws(CheckpointError) {
    let (layout, shard) = (optimizer.layout, optimizer.shard)
    try unsafe flat.withUnsafeMutableBufferPointer {
      memory throws(CheckpointError) in
      var buffers = unsafe layout.tensors.map { tensor in
        let owned = tensor.range.clamped(to: shard)
        let start = owned.isEmpty ? 0 : owned.lowerBound - shard.lowerBound
        return unsafe UnsafeMutableBufferPointer(
          rebasing: memory[start..<(start + owned.count)])
      }
      try unsafe optimizer.load(from: path, parameters: &buffers)
      try unsafe optimizer.save(
        to: "\(folder)/buffers", parameters: buffers)
    }
  }

  /// Goes on from the newest file of a folder, as a run that was stopped.
  mutating func resume(in run: String) {
    resume(run, Float.self)
    resume(run, Double.self)
  }

  private func resume<Scalar: OptimizerScalar>(_ run: String, _: Scalar.Type) {
    let group = ParameterGroup(
      "g", sizes: [1], Hyperparameters(learningRate: 0.1))
    let path = "\(run)/step-000000001.safetensors"
    guard
      let layout = (try? Checkpoint<Scalar>(path))?.layout
        ?? (try? ParameterLayout([group])), layout.count <= Self.largestTrained,
      var optimizer = try? AdEMAMix<Scalar>(
        layout, engine: layout.engine, threads: 1)
    else { return }
    var parameters = [Scalar](repeating: 1, count: layout.count)
    attempt(byteCount) { () throws(CheckpointError) in
      var checkpoints = try CheckpointManager<Scalar>(
        in: run, every: 3, inBackground: false)
      _ = try checkpoints.resume(
        &optimizer, parameters: &parameters, keeping: .storage)
      _ = try checkpoints.saveIfDue(optimizer, parameters: parameters)
      try checkpoints.finish()
    }
  }
}

/// Makes a call that may refuse what it is given, for a reason that it names.
/// Nor must it take more memory than its files allow.
private func attempt(
  _ fileByteCount: Int, _ call: () throws(CheckpointError) -> Void
) {
  Limits.bounded(fileByteCount: fileByteCount) {
    do throws(CheckpointError) { try call() } catch { examine(error) }
  }
}

private func examine(_ error: CheckpointError) {
  require(!error.description.isEmpty, "an error that says nothing")
  // Files are small: no more memory must be asked for than there is.
  if error.isOutOfMemory { breach("\(error)") }
}

extension ParameterLayout {
  fileprivate var engine: StepEngine {
    groups.allSatisfy { $0.storage.isFull } ? .blas : .fused
  }
}
