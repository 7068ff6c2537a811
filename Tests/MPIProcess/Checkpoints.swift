//===--- Checkpoints.swift - saved by some ranks, resumed by others -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixCheckpoints
import AdEMAMixMPI
import TestSupport

/// A run whose gradients depend on the call alone: on as many ranks, each has
/// the same, and the mean is that of one.
struct Run: ~Copyable {
  /// The functions that schedules have.
  static let functions: [String: @Sendable (Int) -> Double] = [
    "slower": { 1 / Double($0 + 1).squareRoot() }
  ]

  /// Tensors that shards of any number cut, a frozen group, one without a fast
  /// moment and with a function of its own.
  static func layout(
    _ storage: MomentStorage = .full
  ) throws -> ParameterLayout {
    let rate = Hyperparameters(
      learningRate: .cosineDecay(from: 0.01, over: 50), weightDecay: 0.01
    ).warmingUp(over: 20)
    return try ParameterLayout([
      ParameterGroup(
        "matrices", sizes: [2_000, 0, 1_500, 300], rate, storage: storage),
      ParameterGroup("frozen", sizes: [400], rate, isFrozen: true),
      ParameterGroup(
        "biases", sizes: [37, 260],
        Hyperparameters(
          learningRate: .function(
            "slower", functions["slower"] ?? { _ in .nan }),
          beta1: 0, alpha: .table([0, 1, 3, 5]))),
    ])
  }

  static func options(_ options: inout StepOptions) {
    options.accumulation = .mean(over: 2)
    options.clipping = .globalNorm(3)
  }
}

/// Saves or resumes a run with each way to store moments, in folders of their
/// own.
func withEachStorage(
  in folder: String,
  _ body: (String, MomentStorage, inout Findings) throws -> Void
) throws -> Findings {
  let storages: [(name: String, storage: MomentStorage)] = [
    ("full", .full), ("compact", .compact), ("minimal", .minimal),
  ]
  var findings = Findings()
  for (name, storage) in storages {
    try body("\(folder)/\(name)", storage, &findings)
  }
  return findings
}

/// Saves after some calls, odd so that gradients have accumulated.
func saveRun(
  on world: borrowing MPICommunicator, in folder: String,
  _ placement: StatePlacement,
  _ storage: MomentStorage, _ findings: inout Findings
) throws {
  let layout = try Run.layout(storage)
  var optimizer = try DistributedAdEMAMix<Float>(
    layout, on: world, placement: placement,
    engine: storage == .full ? .blas : .fused, threads: 1, pieceCount: 256)
  Run.options(&optimizer.options)
  var parameters: [Float] = ninths(layout.count)
  for call in 0..<9 {
    var gradients: [Float] = rankGradients(layout.count, call: call)
    try optimizer.step(&parameters, gradients: &gradients)
    // The last is what the others go on from.
    if call % 4 == 0 {
      // Ranks may have separate tensors.
      if world.rank.isMultiple(of: 2) {
        try optimizer.save(
          in: folder, parameters: parameters, keepingLast: 2,
          metadata: ["call": "\(call)"])
      } else {
        try optimizer.save(
          in: folder, parameters: layout.split(parameters), keepingLast: 2,
          metadata: ["call": "\(call)"])
      }
    }
  }
  if world.rank == 0 {
    let paths = try ShardedCheckpoints.paths(in: folder)
    findings.expect(paths.count == 2, "\(paths)")
    let newest = try Checkpoint<Float>(paths[0])
    findings.expect(newest.stepCount == 4, "\(newest.stepCount)")
    findings.expect(newest.metadata == ["call": "8"], "\(newest.metadata)")
  }
}

/// Loads the parameters of a checkpoint into separate tensors.
private func loadTree(
  _ path: String, _ expected: [Float], on world: borrowing MPICommunicator,
  _ placement: StatePlacement, _ layout: ParameterLayout,
  _ findings: inout Findings
) throws {
  func load(
    _ tree: inout NamedTensors<Float>
  ) throws(DistributedError) {
    _ = try DistributedAdEMAMix<Float>(
      checkpoint: path, parameters: &tree, on: world, placement: placement,
      threads: 1, schedules: Run.functions)
  }
  let zeros = [Float](repeating: 0, count: layout.count)
  var tree = NamedTensors(layout, zeros)
  try load(&tree)
  findings.expect(
    tree.elements == layout.split(expected), "loaded separate tensors")
  var other = NamedTensors(layout, zeros)
  let isLast = world.rank == world.size - 1
  if isLast { other.elements[0].append(0) }
  let before = other.elements
  let error = thrownError { () throws(DistributedError) in try load(&other) }
  findings.expect(
    error?.code == (isLast ? .refused : .otherRankRefused)
      && other.elements == before, "\(String(describing: error))")
}

/// Goes on from a save, and compares with a run that has never stopped.
func resumeRun(
  on world: borrowing MPICommunicator, in folder: String,
  _ placement: StatePlacement,
  _ storage: MomentStorage, _ findings: inout Findings
) throws {
  let path = try ShardedCheckpoints.paths(in: folder)[0]
  var parameters: [Float] = []
  var optimizer = try DistributedAdEMAMix<Float>(
    checkpoint: path, parameters: &parameters, on: world,
    placement: placement, threads: 1, pieceCount: 256,
    schedules: Run.functions)
  let layout = try Run.layout(storage)
  findings.expect(optimizer.layout == layout, "layout")
  try loadTree(path, parameters, on: world, placement, layout, &findings)
  var whole = try AdEMAMix<Float>(
    layout, engine: storage == .full ? .blas : .fused, threads: 1)
  Run.options(&whole.options)
  var expected: [Float] = ninths(layout.count)
  // One process needs no MPI.
  let checkpoint = try Checkpoint<Float>(path)
  var single = try checkpoint.optimizer(
    threads: 1, schedules: Run.functions)
  var singleParameters = try checkpoint.parameters()
  for call in 0..<20 {
    var gradients: [Float] = rankGradients(layout.count, call: call)
    try whole.step(&expected, gradients: gradients)
    guard call > 8 else { continue }
    try single.step(&singleParameters, gradients: gradients)
    try optimizer.step(&parameters, gradients: &gradients)
    findings.expect(parameters == expected, "parameters after call \(call)")
    findings.expect(singleParameters == expected, "one process, call \(call)")
  }
  findings.expect(single.copyMoments() == whole.copyMoments(), "moments")
}

/// Saves at each step, until the process is killed or the disk is full.
func saveForever(
  on world: borrowing MPICommunicator, in folder: String
) throws {
  let layout = try Run.layout()
  var optimizer = try DistributedAdEMAMix<Float>(
    layout, on: world, threads: 1, pieceCount: 256)
  Run.options(&optimizer.options)
  var parameters: [Float] = ninths(layout.count)
  for call in 0... {
    var gradients: [Float] = rankGradients(layout.count, call: call)
    try optimizer.step(&parameters, gradients: &gradients)
    try optimizer.save(
      in: folder, parameters: parameters, metadata: ["call": "\(call)"])
    if call == 0 { printProcess() }
  }
}

/// Goes on from the newest save of a run that was killed, to a certain call.
func verifyRun(
  on world: borrowing MPICommunicator, in folder: String
) throws -> Findings {
  var findings = Findings()
  let path = try ShardedCheckpoints.paths(in: folder)[0]
  var parameters: [Float] = []
  let optimizer = try DistributedAdEMAMix<Float>(
    checkpoint: path, parameters: &parameters, on: world, threads: 1,
    schedules: Run.functions)
  let metadata = try Checkpoint<Float>(path).metadata
  let last = Int(metadata["call"] ?? "") ?? -1
  let layout = try Run.layout()
  var whole = try AdEMAMix<Float>(layout, threads: 1)
  Run.options(&whole.options)
  var expected: [Float] = ninths(layout.count)
  for call in 0...max(last, 0) {
    try whole.step(
      &expected, gradients: rankGradients(layout.count, call: call))
  }
  findings.expect(parameters == expected, "parameters of call \(last)")
  findings.expect(optimizer.stepCount == whole.stepCount, "steps")
  return findings
}

/// Tries to save in a folder that only some ranks can write to.
func failToSave(
  on world: borrowing MPICommunicator, in folder: String
) throws -> Findings {
  var findings = Findings()
  let layout = try Run.layout()
  var optimizer = try DistributedAdEMAMix<Float>(
    layout, on: world, threads: 1, pieceCount: 256)
  var parameters: [Float] = ninths(layout.count)
  let path = try optimizer.save(in: folder, parameters: parameters)
  var gradients: [Float] = rankGradients(layout.count, call: 0)
  try optimizer.step(&parameters, gradients: &gradients)
  // The metadata of the last rank are ones that no file takes.
  let isLast = world.rank == world.size - 1
  let error = thrownError { () throws(DistributedError) in
    try optimizer.save(
      in: folder, parameters: parameters,
      metadata: isLast ? ["format": "mine"] : [:])
  }
  let reason = CheckpointError.reservedMetadataKey("format")
  let expected =
    isLast
    ? DistributedError.checkpoint(reason)
    : .otherRankFailed(
      rank: world.size - 1, description: reason.description)
  findings.expect(error == expected, "\(String(describing: error))")
  let paths = try ShardedCheckpoints.paths(in: folder)
  findings.expect(paths == [path], "\(paths)")
  let short = thrownError { () throws(DistributedError) in
    try optimizer.save(in: folder, parameters: [1 as Float])
  }
  findings.expect(
    short == .checkpoint(.parameterCount(1, expected: layout.count)),
    "\(String(describing: short))")
  try optimizer.save(in: folder, parameters: parameters)
  return findings
}

#endif
