//===--- OptionsScenario.swift - the options of a step --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// The options and other forms of a step beside a plain step, on one buffer.
struct OptionsScenario: Scenario {
  typealias Label = StepLabel<StepVariant>

  struct Figures: Encodable {
    let engine: EngineName
    let option: String
    /// This time over that of the plain step of the same engine on as many
    /// threads.
    let ratioToPlain: Double
  }

  static let name = "options"
  static let cost = ScenarioCost(setUp: 0.1, contestants: 64, round: 0.06)

  let scalar: ScalarName
  let count: Int
  let state: StepState?
  /// The engines whose options are measured.
  private let engines: [EngineName]
  private let threads: [Int]
  private let instructionSet: InstructionSet

  static func scenarios(of scalar: ScalarName, for request: Request) -> [Self] {
    // Options of the naive loop are measured on demand only. The ceiling has no
    // options.
    let engines = request.engines(or: [.blas, .fused])
      .filter { $0 != .ceiling }
    guard request.isDefault || request.scenarios.contains(name),
      request.scalars(or: [.float]).contains(scalar), !engines.isEmpty
    else { return [] }
    // With 8 M parameters memory is the limit.
    let count = request.effort == .quick ? 1_000_000 : 8_000_000
    return request.counts(or: [count]).flatMap { count in
      request.instructionSets.map {
        Self(
          scalar: scalar, count: count, state: request.state ?? .repeated,
          engines: engines, threads: request.threads, instructionSet: $0)
      }
    }
  }

  /// The streams of all optimizers that variants of a step need.
  static var scalarsPerParameter: Int {
    StepVariant.State.allCases.reduce(0) { $0 + $1.streamCount }
  }

  /// A step in all its variants: a heat for each engine and thread count.
  func heats<Scalar: CeilingScalar>(
    _: Scalar.Type
  ) throws -> [[Contestant<Label>]] {
    let workloads: [StepVariant.State: Workload<Scalar>] = try Dictionary(
      uniqueKeysWithValues: StepVariant.State.allCases.map {
        ($0, try Workload(count: count, $0))
      })
    return labels.map { heat in
      heat.compactMap { label in
        guard let workload = workloads[label.variant.state],
          let engine = label.engine.engine
        else { return nil }
        return Contestant(label: label) {
          try workload.run(
            label.variant, engine, instructionSet, threads: label.threads,
            steps: $0)
        }
      }
    }
  }

  private var labels: [[Label]] {
    threads.flatMap { threads in
      engines.map { engine in
        StepVariant.allCases.map { Label($0, engine, threads: threads) }
      }
    }
  }

  func rows(_ times: [Label: Times]) -> [[Row]] {
    labels.map { group in
      group.flatMap { label -> [Row] in
        let plain = Label(.plain, label.engine, threads: label.threads)
        guard let time = times[label], let plain = times[plain] else {
          return []
        }
        func row(_ name: String, calls: Int) -> Row {
          Row(
            timing: timing(
              time, threads: label.threads,
              label.engine == .naive ? nil : instructionSet, calls: calls),
            figures: Figures(
              engine: label.engine, option: name,
              ratioToPlain: time.ratio(to: plain) / Double(calls)))
        }
        let (name, calls) = (label.variant.rawValue, label.variant.callCount)
        let whole = row(name, calls: 1)
        return calls == 1
          ? [whole] : [whole, row("\(name), a call", calls: calls)]
      }
    }
  }

  var title: String {
    "Options of a step, \(scalar.rawValue)\(instructionSet.suffix), "
      + parameters
  }

  var columns: [Column<Figures>] {
    let names: [Column<Figures>] = [
      Column { $0.figures.option },
      Column("engine") { $0.figures.engine.rawValue },
      .threads,
    ]
    let toPlain = Column<Figures>("x plain", decimals: 2) {
      $0.figures.ratioToPlain
    }
    return names + Column.times + [toPlain]
  }

  var description: String { "\(scalar.rawValue), options" }
}
