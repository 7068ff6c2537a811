//===--- Training.swift - a run that can be saved at any point ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints

/// What checkpoints are made of, as a flat array too.
protocol TestScalar: OptimizerScalar {
  /// Numbers between -1 and 1: enough for all calls.
  static var numbers: [Self] { get }
}

extension Float: TestScalar {
  static let numbers = makeNumbers()
}

extension Double: TestScalar {
  static let numbers = makeNumbers()
}

extension TestScalar {
  fileprivate static func makeNumbers() -> [Self] {
    var state: UInt32 = 1
    return (0..<(Script.callCount * 131 + 5000)).map { _ in
      // A linear congruential generator (Knuth, "The Art of Computer
      // Programming", volume 2, section 3.3.4, table 1).
      state = state &* 1_664_525 &+ 1_013_904_223
      return Self(Double(Int32(bitPattern: state) >> 8) * 0x1p-23)
    }
  }
}

/// How steps are computed.
struct Computation: Sendable, Equatable {
  var engine: Engine
  var threads: Int
}

/// An optimizer with its parameters and their average.
struct Training<Scalar: TestScalar>: ~Copyable {
  let script: Script
  var optimizer: AdEMAMix<Scalar>
  var parameters: [Scalar]
  var average: ParameterAverage<Scalar>
  /// What the last call did, or why it was refused.
  private var report = ""

  private init(
    _ script: Script, _ computation: Computation,
    _ optimizer: consuming AdEMAMix<Scalar>, _ parameters: [Scalar],
    _ average: consuming ParameterAverage<Scalar>
  ) {
    self.script = script
    self.optimizer = optimizer
    self.parameters = parameters
    self.average = average
    compute(computation)
  }

  /// A run from its start.
  init(_ script: Script, _ computation: Computation) throws {
    var optimizer = try AdEMAMix<Scalar>(
      script.layout(), clock: script.clock, engine: computation.engine)
    optimizer.options = script.options
    let parameters = Array(Scalar.numbers.suffix(optimizer.layout.count))
    let average = try ParameterAverage(
      of: parameters, decay: .halfLife(from: 0.1, to: 0.99, over: 30),
      threads: computation.threads)
    self.init(script, computation, optimizer, parameters, average)
  }

  /// What a file has, to go on from.
  init(resuming path: String, _ script: Script, _ computation: Computation)
    throws
  {
    let checkpoint = try Checkpoint<Scalar>(path)
    let optimizer = try checkpoint.optimizer()
    let parameters = try checkpoint.parameters()
    let average = try checkpoint.average()
    self.init(script, computation, optimizer, parameters, average)
  }

  /// What a file has, loaded over a run of something else.
  static func loading(
    _ path: String, _ script: Script, _ computation: Computation
  ) throws -> Training {
    var training = try Training(script, computation)
    training.optimizer.options.isCautious.toggle()
    try training.optimizer.updateGroups {
      $0.hyperparameters = Hyperparameters(learningRate: 1)
      $0.isFrozen.toggle()
    }
    try training.call(1)
    try training.optimizer.load(
      from: path, parameters: &training.parameters, average: &training.average)
    training.average.splitting = training.optimizer.splitting
    return training
  }

  /// How it goes on.
  mutating func compute(_ computation: Computation) {
    optimizer.engine = computation.engine
    // So that so few elements are split at all.
    optimizer.splitting = Splitting(threadCount: computation.threads)
    optimizer.splitting.byteCountWorthAThread = 2048
    average.splitting = optimizer.splitting
  }

  mutating func call(_ index: Int) throws {
    for event in script.events[index] ?? [] { try perform(event) }
    let start = index * 131
    var gradients = Array(Scalar.numbers[start..<(start + parameters.count)])
    if script.hasNaN, [3, 20, 21, 22, 36].contains(index) {
      gradients[17] = .nan
    }
    do throws(AdEMAMixError) {
      report = "\(try optimizer.step(&parameters, gradients: gradients))"
    } catch {
      report = "\(error)"
    }
    try average.update(with: parameters)
  }

  private mutating func perform(_ event: Script.Event) throws {
    switch event {
    case .freeze(let group):
      try optimizer.updateGroup(group) { $0.isFrozen = true }
    case .thaw(let group):
      try optimizer.updateGroup(group) { $0.isFrozen = false }
    case .rate(let group, let factor):
      try optimizer.updateGroup(group) { $0.learningRateFactor = factor }
    case .beta1(let group, let beta1):
      try optimizer.updateGroup(group) { $0.hyperparameters.beta1 = beta1 }
    case .damp(let factor): try optimizer.dampSlowMoment(by: factor)
    case .reset: try optimizer.resetSlowMoment()
    case .options(let options): optimizer.options = options
    }
  }

  func save(to path: String) throws {
    try optimizer.save(to: path, parameters: parameters, average: average)
  }

  func state() throws -> TrainingState {
    TrainingState(
      record: optimizer.record,
      moments: optimizer.moments().map {
        bytes($0.fast) + bytes($0.slow) + bytes($0.second)
      },
      parameters: bytes(parameters), average: bytes(try average.values()),
      averageRecord: average.record, report: report)
  }
}

/// All that a run consists of, to the bit, and what its last call did.
struct TrainingState: Equatable {
  var record: OptimizerRecord
  var moments: [[UInt8]]
  var parameters: [UInt8]
  var average: [UInt8]
  var averageRecord: AverageRecord
  var report: String
}

/// The bits of numbers, NaN included.
func bytes<Element: BitwiseCopyable>(_ elements: [Element]) -> [UInt8] {
  unsafe elements.withUnsafeBytes { unsafe Array($0) }
}

extension ArraySlice {
  /// The elements at these distances from the first.
  subscript(offset range: Range<Int>) -> ArraySlice {
    dropFirst(range.lowerBound).prefix(range.count)
  }
}
