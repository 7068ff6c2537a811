//===--- StorageScenario.swift - steps on smaller state -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// A step on moments in fewer bits and gradients in bfloat16, beside the
/// ceiling of `Float` and a step on `Float`.
struct StorageScenario: Scenario {
  typealias Label = StepLabel<StorageVariant>

  struct Figures: Encodable {
    let engine: EngineName
    /// The way to store the state; `nil` for the ceiling.
    var storage: String?
    var stateBytesPerParameter: Double?
    /// This time over that of the ceiling on as many threads.
    let ratioToCeiling: Double
    /// This time over that of the step on `Float` moments and gradients on as
    /// many threads; `nil` for the ceiling.
    var ratioToFloat: Double?
  }

  static let name = "storage"
  static let cost = ScenarioCost(setUp: 0.1, contestants: 20, round: 0.015)
  /// The parameters, the gradients, both in half as many bytes, the ceiling,
  /// and the moments in every storage.
  static let scalarsPerParameter = 2 + 1 + 5 + 16

  let count: Int
  let state: StepState?
  private let threads: [Int]
  private let instructionSet: InstructionSet

  var scalar: ScalarName { .float }

  static func scenarios(of scalar: ScalarName, for request: Request) -> [Self] {
    // Smaller state is measured on `Float` parameters alone.
    guard request.isDefault || request.scenarios.contains(name),
      scalar == .float
    else { return [] }
    return request.counts(or: [request.effort.largeCount]).flatMap { count in
      request.instructionSets.map {
        Self(
          count: count, state: request.state ?? .repeated,
          threads: request.threads, instructionSet: $0)
      }
    }
  }

  func heats<Scalar: CeilingScalar>(
    _: Scalar.Type
  ) throws -> [[Contestant<Label>]] {
    let workload = try StorageWorkload(count: count)
    let steps = threads.flatMap { threads in
      StorageVariant.allCases.map { variant in
        Contestant(label: Label(variant, .fused, threads: threads)) {
          try workload.run(variant, instructionSet, threads: threads, steps: $0)
        }
      }
    }
    return [steps + (try ceiling(.full, Scalar.self, threads: threads))]
  }

  func rows(_ times: [Label: Times]) throws -> [[Row]] {
    try threads.map { threads -> [Row] in
      guard let top = times[Label(.full, .ceiling, threads: threads)],
        let full = times[Label(.full, .fused, threads: threads)]
      else { return [] }
      let ceiling = Row(
        timing: timing(top, threads: threads, .widest),
        figures: Figures(engine: .ceiling, ratioToCeiling: 1))
      let steps = try StorageVariant.allCases.compactMap { variant -> Row? in
        guard let time = times[Label(variant, .fused, threads: threads)] else {
          return nil
        }
        // A new optimizer takes no time: its memory is never touched.
        let stateByteCount = try variant.optimizer(count: count).stateByteCount
        return Row(
          timing: timing(time, threads: threads, instructionSet),
          figures: Figures(
            engine: .fused, storage: variant.rawValue,
            stateBytesPerParameter: Double(stateByteCount) / Double(count),
            ratioToCeiling: time.ratio(to: top),
            ratioToFloat: time.ratio(to: full)))
      }
      return [ceiling] + steps
    }
  }

  var title: String {
    "Smaller state, \(scalar.rawValue)\(instructionSet.suffix), \(parameters)"
  }

  var columns: [Column<Figures>] {
    let names: [Column<Figures>] = [
      Column { $0.figures.storage ?? $0.figures.engine.rawValue },
      .threads,
      Column("B state", decimals: 2) { $0.figures.stateBytesPerParameter },
    ]
    let ratios: [Column<Figures>] = [
      Column("x ceiling", decimals: 2) { $0.figures.ratioToCeiling },
      Column("x Float", decimals: 2) { $0.figures.ratioToFloat },
    ]
    return names + Column.times + ratios
  }

  var description: String { "\(scalar.rawValue), smaller state" }
}
