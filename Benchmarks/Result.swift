//===--- Result.swift - a time and what it compares to --------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// One row of a table, one object of the file.
struct Result: Encodable {
  let scenario: Scenario
  /// `nil` where the state is moved.
  let engine: EngineName?
  let scalar: ScalarName
  let count: Int
  let threads: Int
  /// The median.
  let nanosecondsPerParameter: Double
  let nanosecondsPerParameterMinimum: Double

  /// Of what a step, or else the transfer, moves.
  var gigabytesPerSecond: Double?

  // Where engines are compared.

  /// The naive loop on one thread takes this many times as long.
  var speedupOverNaive: Double?
  /// This takes so many times as long as the ceiling on as many threads.
  var ratioToCeiling: Double?

  // Where options are compared.

  var option: String?
  /// This takes so many times as long as the plain step of the same engine on
  /// as many threads.
  var ratioToPlain: Double?

  // Where moments are stored in fewer bits.

  var storage: String?
  var stateBytesPerParameter: Double?
  /// This takes so many times as long as the step on `Float` moments and
  /// gradients on as many threads.
  var ratioToFloat: Double?

  // Where the state is moved.

  var transfer: Transfer?
  /// The speed over that of the plain transfer of the same kind.
  var speedOfPlain: Double?
}

extension Result {
  /// The time of a subject; a part of it, if it is that of several calls.
  init(_ subject: Subject, _ measurement: Measurement<Label>, calls: Int = 1) {
    let label = measurement.label
    let parameters = Double(subject.count * calls)
    self.init(
      scenario: label.scenario, engine: label.engine, scalar: subject.scalar,
      count: subject.count, threads: label.threads,
      nanosecondsPerParameter: measurement.median / parameters,
      nanosecondsPerParameterMinimum: measurement.minimum / parameters)
  }
}
