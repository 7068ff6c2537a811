//===--- EngineScenario.swift - engines beside the limit of memory --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// A comparison of the engines, the naive loop and the ceiling.
protocol EngineScenario: Scenario
where Label == StepLabel<BufferForm>, Figures == EngineFigures {
  /// The forms of memory to compare. The first is that of the scenario, whose
  /// naive loop and ceiling the ratios refer to.
  static var forms: [BufferForm] { get }

  var request: Request { get }

  /// An optimizer and its parameters in one of the forms.
  func workload<Scalar>(_ form: BufferForm) throws -> Workload<Scalar>
}

extension EngineScenario {
  static var name: String { forms[0].rawValue }

  /// Five streams for the optimizer in each form, and five for the ceiling.
  static var scalarsPerParameter: Int { 5 * forms.count + 5 }

  /// Names each engine on a number of threads. The library's compiled engines
  /// are there with each of their instruction sets.
  private func labels(_ form: BufferForm, threads: Int) -> [Label] {
    request.engines(or: EngineName.allCases).flatMap { engine in
      let sets =
        engine == .naive || engine == .ceiling
        ? [.widest] : request.instructionSets
      return sets.map { Label(form, engine, threads: threads, $0) }
    }
  }

  func heats<Scalar: CeilingScalar>(
    _: Scalar.Type
  ) throws -> [[Contestant<Label>]] {
    let own = Self.forms[0]
    var contestants: [Contestant<Label>] = []
    for form in Self.forms {
      let workload: Workload<Scalar> = try workload(form)
      var steps = request.threads.flatMap { labels(form, threads: $0) }
      let naive = Label(form, .naive, threads: 1)
      if form != own {
        // The naive loop of the scenario's own form serves all ratios.
        steps.removeAll { $0.engine == .naive }
      } else if !steps.contains(naive) {
        steps.append(naive)
      }
      contestants += steps.compactMap { Contestant($0, workload) }
    }
    let ceiling = try ceiling(own, Scalar.self, threads: request.threads)
    return [contestants + ceiling]
  }

  func rows(_ times: [Label: Times]) -> [[Row]] {
    request.threads.map { threads in
      labels(Self.forms[0], threads: threads).flatMap { label in
        Self.forms.compactMap { form in
          row(
            Label(form, label.engine, threads: threads, label.instructionSet),
            times)
        }
      }
    }
  }

  private func row(_ label: Label, _ times: [Label: Times]) -> Row? {
    let own = Self.forms[0]
    guard let time = times[label],
      let naive = times[Label(own, .naive, threads: 1)],
      let ceiling = times[Label(own, .ceiling, threads: label.threads)]
    else { return nil }
    let flat =
      label.variant == .flat
      ? nil
      : times[
        Label(
          .flat, label.engine, threads: label.threads, label.instructionSet)]
    // A step moves 9 values for each parameter: 5 reads and 4 writes. Bytes in
    // a nanosecond are gigabytes in a second.
    let bytes = Double(9 * scalar.byteCount * count)
    return Row(
      timing: timing(
        time, threads: label.threads,
        label.engine == .naive ? nil : label.instructionSet,
        scenario: label.variant.rawValue),
      figures: EngineFigures(
        engine: label.engine, gigabytesPerSecond: bytes / time.median,
        speedupOverNaive: naive.ratio(to: time),
        ratioToCeiling: time.ratio(to: ceiling),
        ratioToFlat: flat.map { time.median / $0.median }))
  }

  var columns: [Column<EngineFigures>] {
    let engine = Column<EngineFigures> { row in
      let form = row.timing.scenario
      return row.figures.engine.rawValue + row.timing.suffix
        + (form == Self.name ? "" : ", \(form)")
    }
    let figures: [Column<EngineFigures>] = [
      Column("GB/s", decimals: 1) { $0.figures.gigabytesPerSecond },
      Column("x naive", decimals: 2) { $0.figures.speedupOverNaive },
      Column("x ceiling", decimals: 2) { $0.figures.ratioToCeiling },
    ]
    let toFlat = Column<EngineFigures>("x flat", decimals: 2) {
      $0.figures.ratioToFlat
    }
    return [engine, .threads] + Column.times + figures
      + (Self.forms.count > 1 ? [toFlat] : [])
  }
}

extension Contestant<StepLabel<BufferForm>> {
  /// A plain step; `nil` for the ceiling.
  fileprivate init?<Scalar>(
    _ label: StepLabel<BufferForm>, _ workload: Workload<Scalar>
  ) {
    guard let engine = label.engine.engine else { return nil }
    self.init(label: label) {
      try workload.run(
        .plain, engine, label.instructionSet, threads: label.threads, steps: $0)
    }
  }
}
