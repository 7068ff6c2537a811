//===--- SeedRun.swift - the files that are changed -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport

/// Files of runs of all kinds.
enum SeedRun {
  private static let storages: [MomentStorage] = [
    .full, .compact, .minimal,
    MomentStorage(fast: .bfloat16, slow: .bfloat16, second: .bfloat16, seed: 3),
  ]

  /// Writes them.
  ///
  /// - Returns: The files of single runs, and the folders of sharded ones.
  static func write(
    in folder: String
  ) throws -> (files: [String], folders: [String]) {
    var files: [String] = []
    var folders: [String] = []
    for (index, storage) in storages.enumerated() {
      files.append("\(folder)/float-\(index)")
      try save(to: files[files.count - 1], storage, Float.self)
      folders.append("\(folder)/sharded-float-\(index)")
      try saveSharded(in: folders[index], storage, Float.self)
    }
    for format in [WeightFormat.split32, .split24] {
      files.append("\(folder)/\(format)")
      try saveSplit(to: files[files.count - 1], format)
    }
    files.append("\(folder)/double")
    try save(to: files[files.count - 1], .full, Double.self)
    folders.append("\(folder)/sharded-double")
    try saveSharded(in: folders[folders.count - 1], .full, Double.self)
    return (files, folders)
  }

  private static func layout(
    _ storage: MomentStorage
  ) throws -> ParameterLayout {
    let hyperparameters = Hyperparameters(
      learningRate: .warmupCosine(peak: 0.1, warmup: 2, total: 9),
      weightDecay: .piecewiseConstant(
        from: 0.1, changes: [.init(at: 3, factor: 0.5)])
    ).warmingUp(over: 10)
    return try ParameterLayout([
      ParameterGroup(
        "matrices",
        tensors: [
          TensorSpec("w", shape: [20, 30]),
          TensorSpec("none", shape: [0, 2]),
        ], hyperparameters, storage: storage),
      ParameterGroup(
        "ice", sizes: [7],
        Hyperparameters(
          learningRate: storage == .minimal ? .table([0.1, 0.2]) : 0.1),
        isFrozen: true),
      ParameterGroup(
        "b", sizes: [2, 300], .simplified(learningRate: 1e-3),
        storage: storage),
    ])
  }

  private static func save<Scalar: OptimizerScalar>(
    to path: String, _ storage: MomentStorage, _: Scalar.Type
  ) throws {
    let layout = try layout(storage)
    var optimizer = try AdEMAMix<Scalar>(layout, engine: .fused, threads: 1)
    optimizer.options.accumulation = .mean(over: 2)
    optimizer.options.clipping = .globalNorm(1)
    optimizer.options.nonFiniteGradients = .skipStep(limit: 2)
    optimizer.options.updateClipping = 1
    var parameters = [Scalar](repeating: 1, count: layout.count)
    var average = try ParameterAverage(
      of: parameters, decay: .halfLife(from: 0.1, to: 0.9, over: 5), threads: 1)
    let gradients: [Scalar] = sample(parameters.count)
    for _ in 0..<7 {
      try optimizer.step(&parameters, gradients: gradients)
      try average.update(with: parameters)
    }
    try optimizer.save(
      to: path, parameters: parameters, average: average,
      metadata: ["batch": "7"])
  }

  private static func saveSplit(
    to path: String, _ format: WeightFormat
  ) throws {
    let layout = try layout(.minimal)
    var optimizer = try AdEMAMix<Float>(layout, weights: format, threads: 1)
    let parameters: [Float] = sample(layout.count)
    var weights = parameters.map { BFloat16($0) }
    try optimizer.split(parameters, into: &weights)
    for _ in 0..<3 { try optimizer.step(&weights, gradients: weights) }
    try optimizer.save(to: path, parameters: weights)
  }

  private static func saveSharded<Scalar: OptimizerScalar>(
    in folder: String, _ storage: MomentStorage, _: Scalar.Type
  ) throws {
    _ = try CheckpointFuzzer.made(folder)
    let layout = try layout(storage)
    let shards = layout.shards(3, of: Scalar.self)
    var files: [ShardIndex.File] = []
    for (index, shard) in shards.enumerated() {
      var optimizer = try AdEMAMix<Scalar>(
        layout, shard: shard, engine: .fused, threads: 1)
      var parameters = [Scalar](repeating: 1, count: shard.count)
      try optimizer.step(&parameters, gradients: parameters)
      let name = ShardIndex.fileName(ofShard: index, of: shards.count)
      try optimizer.save(to: "\(folder)/\(name)", parameters: parameters)
      files.append(ShardIndex.File(name: name, elements: shard))
    }
    try ShardIndex(step: 1, files: files).write(in: folder)
  }
}
