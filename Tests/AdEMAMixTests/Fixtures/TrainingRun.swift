//===--- TrainingRun.swift - a short training run to compare others with --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// Steps on random gradients, the same for every engine and layout.
struct TrainingRun<Scalar: OptimizerScalar> {
  var sizes: [Int]
  var steps = 40
  /// Rates this low fold every few steps.
  var hyperparameters = Hyperparameters(
    learningRate: 0.01, beta2: 0.9, beta3: 0.95, weightDecay: 0.1)
  var engine = Engine.blas
  var threads = 1
  var instructionSet = InstructionSet.widest
  var shard: Range<Int>?
  var storage = MomentStorage.full
  var options = StepOptions()

  /// What a run leaves behind.
  struct Outcome: Equatable {
    var parameters: [Scalar]
    var moments: [GroupMoments<Scalar>]
  }

  func outcome() throws -> Outcome {
    let layout = try ParameterLayout([
      ParameterGroup(
        "group", sizes: sizes, hyperparameters, storage: storage)
    ])
    let shard = shard ?? 0..<layout.count
    var optimizer = try AdEMAMix<Scalar>(
      layout, shard: shard, engine: engine, threads: threads)
    optimizer.instructionSet = instructionSet
    optimizer.options = options
    // So that runs short enough for a test are split at all.
    optimizer.splitting.byteCountWorthAThread = 8192
    var random = RandomNumbers(seed: 1)
    var parameters = Array(
      random.numbers(layout.count, as: Scalar.self)[shard])
    for _ in 0..<steps {
      let gradients = random.numbers(layout.count, as: Scalar.self)
      try optimizer.step(&parameters, gradients: Array(gradients[shard]))
    }
    return Outcome(parameters: parameters, moments: optimizer.moments())
  }
}
