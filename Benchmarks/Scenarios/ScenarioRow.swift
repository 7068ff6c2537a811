//===--- ScenarioRow.swift - a time, and figures to compare it ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A row of a table and an object of the file: a time, and figures that only
/// the rows of one kind of scenario have.
struct ScenarioRow<Figures: Encodable>: Encodable {
  let timing: Timing
  let figures: Figures

  /// Puts the fields of both into one object.
  func encode(to encoder: any Encoder) throws {
    try timing.encode(to: encoder)
    try figures.encode(to: encoder)
  }
}
