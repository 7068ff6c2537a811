//===--- Scenario.swift - a comparison that is measured as a whole --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Numerals

/// A comparison on parameters of one scalar type and number, whose contestants
/// are timed in turn. The results are one table, and objects of the file.
///
/// Each kind of comparison is a type of its own, which ``Plan`` lists.
protocol Scenario: CustomStringConvertible {
  /// Names a contestant.
  associatedtype Label: Hashable & CustomStringConvertible
  /// The fields of a row beside those of ``Timing``.
  associatedtype Figures: Encodable

  // MARK: Choice

  /// The name in files and in ``Request/scenarios``.
  static var name: String { get }

  /// The scenarios of one scalar type that a request asks for, the smallest
  /// first.
  static func scenarios(of scalar: ScalarName, for request: Request) -> [Self]

  var scalar: ScalarName { get }
  /// The number of parameters.
  var count: Int { get }
  /// The state in which steps begin; `nil` where no steps are timed.
  var state: StepState? { get }

  // MARK: Estimates

  /// The scalars that are allocated at once for each parameter.
  static var scalarsPerParameter: Int { get }
  static var cost: ScenarioCost { get }

  /// The scenario itself, or a smaller one if it needs more memory or disk than
  /// there is.
  ///
  /// - Parameters:
  ///   - byteCount: The bytes of memory to use.
  ///   - notes: Receives a sentence about each thing that was left out or
  ///     shrunk.
  /// - Returns: `nil` if the scenario is left out.
  /// - Throws: ``FileRefusal`` if the disk cannot be asked.
  func fitted(to byteCount: Int, _ notes: inout [String]) throws -> Self?

  // MARK: Measurement

  /// The contestants, in groups that run close together because they are
  /// compared with each other.
  func heats<Scalar: CeilingScalar>(
    _: Scalar.Type
  ) throws -> [[Contestant<Label>]]

  // MARK: Results

  /// The heading of the table.
  var title: String { get }
  var columns: [Column<Figures>] { get }

  /// The rows of the table, in groups with a gap between them.
  ///
  /// A label has the times of one contestant: of the one with the least median
  /// if several contestants have the label.
  func rows(_ times: [Label: Times]) throws -> [[Row]]
}

extension Scenario {
  typealias Times = ContestantTimes<Label>
  typealias Row = ScenarioRow<Figures>

  /// The bytes that are allocated at once for each parameter.
  static func bytesPerParameter(_ scalar: ScalarName) -> Int {
    scalarsPerParameter * scalar.byteCount
  }

  /// The seconds that measuring is expected to take.
  func expectedSeconds(_ effort: Effort, _ gap: Gap) -> Double {
    switch state {
    case .loop: Self.cost.seconds(count: count, effort, gap)
    case .repeated, nil: Self.cost.seconds(count: count, effort)
    }
  }

  /// The scenario itself if it fits into memory.
  func fitted(to byteCount: Int, _ notes: inout [String]) throws -> Self? {
    fits(into: byteCount, &notes) ? self : nil
  }

  /// Whether so many bytes of memory are enough. A note tells if not.
  func fits(into byteCount: Int, _ notes: inout [String]) -> Bool {
    let needed = count * Self.bytesPerParameter(scalar)
    if needed <= byteCount { return true }
    notes.append(
      "Skipped \(title): \(megabytes(needed)) needed, "
        + "\(megabytes(byteCount)) to use.")
    return false
  }

  /// The number of parameters, for titles.
  var parameters: String {
    let count = "\(grouped(count)) parameters"
    return state == .loop ? "\(count), in a training loop" : count
  }

  /// The fields that every row has.
  ///
  /// - Parameters:
  ///   - times: Times on all parameters.
  ///   - threads: The number of threads.
  ///   - instructionSet: The instructions of the C loops.
  ///   - calls: The number of calls in each time. The row shows the time of one
  ///     call.
  ///   - scenario: The name of the scenario in the row.
  /// - Returns: The fields.
  func timing(
    _ times: Times, threads: Int, _ instructionSet: InstructionSet? = nil,
    calls: Int = 1, scenario: String = Self.name
  ) -> Timing {
    let parameters = Double(count * calls)
    return Timing(
      scenario: scenario, state: state, scalar: scalar, count: count,
      threads: threads, instructionSet: instructionSet,
      nanosecondsPerParameter: times.median / parameters,
      nanosecondsPerParameterMinimum: times.minimum / parameters)
  }
}
