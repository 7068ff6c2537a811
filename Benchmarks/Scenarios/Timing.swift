//===--- Timing.swift - the fields that every row has ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The fields that the rows of every scenario have.
struct Timing: Encodable {
  let scenario: String
  let scalar: ScalarName
  /// The number of parameters.
  let count: Int
  let threads: Int
  /// The median over the rounds.
  let nanosecondsPerParameter: Double
  let nanosecondsPerParameterMinimum: Double
}
