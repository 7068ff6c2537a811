//===--- SavedParts.swift - averages and weights in files -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixCheckpoints
import AdEMAMixMPI
import TestSupport

/// A run with an average, whose weights may be split, and whose gradients
/// depend on the call alone.
private struct PartsRun {
  let form: WeightFormat

  /// Of which call the files are, and at which call runs end.
  static let (saved, last) = (5, 9)

  static var all: [PartsRun] { WeightFormat.allCases.map { .init(form: $0) } }

  func layout() throws -> ParameterLayout {
    try ParameterLayout(FormsOfSteps.groups)
  }

  /// A decay that grows, as a function of the program.
  var decay: HyperparameterSchedule {
    .function("decay", Self.functions["decay"] ?? { _ in .nan })
  }

  static let functions: [String: @Sendable (Int) -> Double] = [
    "decay": { 1 - 1 / Double($0 + 2) }
  ]

  func gradient(_ call: Int, _ count: Int) -> [Float] {
    rankGradients(count, call: call, denominator: 8)
  }

  /// The run in one process, up to a call.
  func whole(until end: Int) throws -> WholeRun {
    var run = try WholeRun(self)
    for call in 0..<end { try run.step(call) }
    return run
  }
}

/// A run in one process.
private struct WholeRun: ~Copyable {
  let run: PartsRun
  var optimizer: AdEMAMix<Float>
  var parameters: [Float]
  var weights: [BFloat16]

  init(_ run: PartsRun) throws {
    let layout = try run.layout()
    var optimizer = try AdEMAMix<Float>(
      layout, weights: run.form, engine: .fused, threads: 1)
    let parameters: [Float] = ninths(layout.count)
    var weights = [BFloat16](repeating: BFloat16(0), count: parameters.count)
    optimizer.average = try ParameterAverage(
      of: parameters, decay: run.decay, threads: 1)
    if run.form != .scalar { try optimizer.split(parameters, into: &weights) }
    self.run = run
    self.optimizer = optimizer
    self.parameters = parameters
    self.weights = weights
  }

  /// Makes a step that leaves a tensor alone.
  mutating func step(_ call: Int) throws {
    let gradient = run.gradient(call, parameters.count)
    let names = ["experts.\(call % 3)"]
    if run.form == .scalar {
      try optimizer.step(
        &parameters, gradients: gradient, leaving: names)
    } else {
      try optimizer.step(
        &weights, gradients: gradient.map { BFloat16($0) }, leaving: names)
    }
  }

  /// The weights as `Float`.
  mutating func joined() throws -> [Float] {
    if run.form == .scalar { return parameters }
    var joined = parameters
    try optimizer.join(weights, into: &joined)
    return joined
  }

  /// The averages, which have been in the model.
  mutating func swappedAverages() throws -> [Float] {
    if run.form == .scalar {
      try optimizer.average?.swap(with: &parameters)
      defer { try? optimizer.average?.swap(with: &parameters) }
      return parameters
    }
    try optimizer.swapAverage(with: &weights)
    defer { try? optimizer.swapAverage(with: &weights) }
    return try joined()
  }
}

/// A run on ranks.
private struct RankRun: ~Copyable {
  let run: PartsRun
  var optimizer: DistributedAdEMAMix<Float>
  var parameters: [Float]
  var weights: [BFloat16]

  /// Makes a new run.
  init(
    _ run: PartsRun, on world: borrowing MPICommunicator,
    _ placement: StatePlacement, averaged: Bool = true
  ) throws {
    let layout = try run.layout()
    var optimizer = try DistributedAdEMAMix<Float>(
      layout, on: world, placement: placement, weights: run.form,
      engine: .fused, threads: 1, pieceCount: 512)
    let parameters: [Float] = ninths(layout.count)
    var weights = [BFloat16](repeating: BFloat16(0), count: parameters.count)
    if averaged {
      try optimizer.startAverage(of: parameters, decay: run.decay)
    }
    if run.form != .scalar { try optimizer.split(parameters, into: &weights) }
    self.run = run
    self.optimizer = optimizer
    self.parameters = parameters
    self.weights = weights
  }

  /// Makes a run from a checkpoint.
  init(
    _ run: PartsRun, from path: String, on world: borrowing MPICommunicator,
    _ placement: StatePlacement
  ) throws {
    var parameters: [Float] = []
    var optimizer = try DistributedAdEMAMix<Float>(
      checkpoint: path, parameters: &parameters, on: world,
      placement: placement, threads: 1, pieceCount: 512,
      schedules: PartsRun.functions)
    var weights = [BFloat16](repeating: BFloat16(0), count: parameters.count)
    if run.form != .scalar { try optimizer.split(parameters, into: &weights) }
    self.run = run
    self.optimizer = optimizer
    self.parameters = parameters
    self.weights = weights
  }

  mutating func step(_ call: Int) throws {
    // One rank has the whole gradient, so that sums are exact on all numbers of
    // ranks.
    let isFirst = optimizer.rank == 0
    let gradient = run.gradient(call, parameters.count).map {
      isFirst ? $0 : 0
    }
    let scale = Double(optimizer.rankCount)
    let names = ["experts.\(call % 3)"]
    if run.form == .scalar {
      try optimizer.step(
        &parameters, gradients: gradient, gradientScale: scale, leaving: names)
    } else {
      try optimizer.step(
        &weights, gradients: gradient.map { BFloat16($0) },
        gradientScale: scale, leaving: names)
    }
  }

  mutating func joined() throws -> [Float] {
    if run.form == .scalar { return parameters }
    // Ranks have trees of their own.
    var joined = optimizer.layout.split(parameters)
    try optimizer.join(optimizer.layout.split(weights), into: &joined)
    return Array(joined.joined())
  }

  /// The averages, which have been in the model.
  mutating func swappedAverages() throws -> [Float] {
    let (parameters, weights) = (parameters, weights)
    let averages: [Float]
    if run.form == .scalar {
      try optimizer.swapAverage(with: &self.parameters)
      averages = self.parameters
      try optimizer.swapAverage(with: &self.parameters)
    } else {
      try optimizer.swapAverage(with: &self.weights)
      averages = try joined()
      try optimizer.swapAverage(with: &self.weights)
    }
    precondition(self.weights == weights, "the same weights must come back")
    precondition(self.parameters == parameters)
    return averages
  }

  mutating func save(in folder: String) throws -> String {
    run.form == .scalar
      ? try optimizer.save(in: folder, parameters: parameters)
      : try optimizer.save(
        in: folder, parameters: optimizer.layout.split(weights))
  }

  mutating func load(
    from path: String, keeping kept: KeptSettings = []
  ) throws(DistributedError) {
    if run.form == .scalar {
      try optimizer.load(from: path, parameters: &parameters, keeping: kept)
    } else {
      try optimizer.load(from: path, parameters: &weights, keeping: kept)
    }
  }
}

/// Saves a run of each form on ranks, and one of one process.
func saveParts(
  on world: borrowing MPICommunicator, in folder: String,
  _ placement: StatePlacement
) throws {
  for run in PartsRun.all {
    let path = "\(folder)/\(run.form)"
    var ranks = try RankRun(run, on: world, placement)
    for call in 0..<PartsRun.saved { try ranks.step(call) }
    _ = try ranks.save(in: path)
    if world.rank == 0 {
      let whole = try run.whole(until: PartsRun.saved)
      if run.form == .scalar {
        try whole.optimizer.save(
          to: "\(path).safetensors", parameters: whole.parameters)
      } else {
        try whole.optimizer.save(
          to: "\(path).safetensors", parameters: whole.weights)
      }
    }
  }
}

/// Goes on from the saved runs, and compares with runs that have never stopped.
func loadParts(
  on world: borrowing MPICommunicator, in folder: String,
  _ placement: StatePlacement
) throws -> Findings {
  var findings = Findings()
  for run in PartsRun.all {
    let path = try ShardedCheckpoints.paths(in: "\(folder)/\(run.form)")[0]
    for path in [path, "\(folder)/\(run.form).safetensors"] {
      try goOn(
        RankRun(run, from: path, on: world, placement), "made, \(path)",
        &findings)
      var running = try RankRun(run, on: world, placement)
      try running.step(70)
      try running.load(from: path)
      try goOn(running, "loaded, \(path)", &findings)
      try convert(run, path, on: world, placement, &findings)
    }
    try openInOneProcess(run, path, &findings)
    try refuseLoads(run, path, in: folder, on: world, placement, &findings)
  }
  try loadBetweenOpenSteps(in: folder, on: world, placement, &findings)
  try loadOtherAverages(in: folder, on: world, placement, &findings)
  return findings
}

/// Steps up to the last call.
private func goOn(
  _ ranks: consuming RankRun, _ name: String, _ findings: inout Findings
) throws {
  var whole = try ranks.run.whole(until: PartsRun.saved)
  for call in PartsRun.saved...PartsRun.last {
    findings.expect(
      try ranks.joined() == whole.joined(),
      "weights before call \(call), \(name)")
    findings.expect(
      try ranks.swappedAverages() == whole.swappedAverages(),
      "averages before call \(call), \(name)")
    try ranks.step(call)
    try whole.step(call)
  }
  findings.expect(
    ranks.weights == whole.weights, "upper parts in the end, \(name)")
}

/// Loads a run into one whose weights have another form.
private func convert(
  _ run: PartsRun, _ path: String, on world: borrowing MPICommunicator,
  _ placement: StatePlacement, _ findings: inout Findings
) throws {
  var whole = try run.whole(until: PartsRun.saved)
  let expected = try whole.joined()
  for other in PartsRun.all where other.form != run.form {
    var ranks = try RankRun(other, on: world, placement)
    let before = try ranks.joined()
    let error = thrownError { () throws(DistributedError) in
      try ranks.load(from: path)
    }
    findings.expect(
      try ranks.joined() == before
        && error?.checkpointError?.code == .settingsConflict,
      "\(other.form) from \(path): \(String(describing: error))")
    try ranks.load(from: path, keeping: .storage)
    // A local optimizer converts the same weights.
    var local = try AdEMAMix<Float>(
      run.layout(), weights: other.form, engine: .fused, threads: 1)
    var right = expected
    if other.form != .scalar {
      var weights = [BFloat16](repeating: BFloat16(0), count: right.count)
      try local.split(expected, into: &weights)
      try local.join(weights, into: &right)
    }
    findings.expect(
      try ranks.joined() == right, "\(run.form) as \(other.form), \(path)")
  }
}

/// Opens a folder without ranks.
private func openInOneProcess(
  _ run: PartsRun, _ path: String, _ findings: inout Findings
) throws {
  var whole = try run.whole(until: PartsRun.saved)
  let checkpoint = try Checkpoint<Float>(path)
  findings.expect(checkpoint.hasAverage, "\(path) has no average")
  findings.expect(
    try checkpoint.parameters() == whole.joined(), "parameters in \(path)")
  let average = try checkpoint.average(schedules: PartsRun.functions)
  findings.expect(
    try average.values() == whole.optimizer.average?.values()
      && average.updateCount == PartsRun.saved, "average in \(path)")
  let optimizer = try checkpoint.optimizer(schedules: PartsRun.functions)
  findings.expect(
    optimizer.weights == run.form
      && optimizer.copyMoments() == whole.optimizer.copyMoments(),
    "state in \(path)")
}

/// Expects all ranks to refuse what one of them cannot load.
private func refuseLoads(
  _ run: PartsRun, _ path: String, in folder: String,
  on world: borrowing MPICommunicator, _ placement: StatePlacement,
  _ findings: inout Findings
) throws {
  var ranks = try RankRun(run, on: world, placement)
  let before = try ranks.joined()
  let isLast = world.rank == world.size - 1
  let missing = thrownError { () throws(DistributedError) in
    try ranks.load(from: isLast ? "\(folder)/nothing" : path)
  }
  findings.expect(
    missing?.code == (isLast ? .refused : .otherRankRefused),
    "\(String(describing: missing))")
  // Without an average, that of the file is not read.
  try ranks.optimizer.removeAverage()
  try ranks.load(from: path)
  findings.expect(try ranks.joined() != before, "nothing was loaded")
  // A file without an average does not go into an average.
  let plain = try ranks.save(in: "\(folder)/plain-\(run.form)-\(world.size)")
  var averaged = try RankRun(run, on: world, placement)
  let error = thrownError { () throws(DistributedError) in
    try averaged.load(from: plain)
  }
  findings.expect(
    try averaged.joined() == before
      && error?.checkpointError?.code == .missingContent,
    "\(String(describing: error))")
}

/// Loads a checkpoint into a run that has frozen other groups, and whose open
/// steps so have other buckets.
private func loadBetweenOpenSteps(
  in folder: String, on world: borrowing MPICommunicator,
  _ placement: StatePlacement, _ findings: inout Findings
) throws {
  let layout = try ParameterLayout(FormsOfSteps.groups)
  func make() throws -> DistributedAdEMAMix<Float> {
    try DistributedAdEMAMix<Float>(
      layout, on: world, placement: placement, threads: 1, pieceCount: 512)
  }
  func step(
    _ optimizer: inout DistributedAdEMAMix<Float>,
    _ parameters: inout [Float], call: Int
  ) throws {
    let gradients: [Float] = rankGradients(
      layout.count, call: call, rank: optimizer.rank, denominator: 8)
    try optimizer.openStep(&parameters) { step, _ in
      for tensor in layout.tensors {
        try step.update(
          tensor.name, gradients: Array(gradients[tensor.range]))
      }
    }
  }
  var saved = try make()
  var expected: [Float] = ninths(layout.count)
  try step(&saved, &expected, call: 0)
  let path = try saved.save(
    in: "\(folder)/open-\(placement)-\(world.size)", parameters: expected)
  var running = try make()
  var parameters: [Float] = ninths(layout.count)
  try running.updateGroup("matrices") { $0.isFrozen = true }
  try running.updateGroup("frozen") { $0.isFrozen = false }
  try step(&running, &parameters, call: 7)
  try running.load(from: path, parameters: &parameters)
  try step(&running, &parameters, call: 1)
  try step(&saved, &expected, call: 1)
  findings.expect(
    parameters == expected
      && running.state.copyMoments() == saved.state.copyMoments(),
    "an open step after a load, \(placement)")
}

#endif
