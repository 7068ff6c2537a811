//===--- Subject+Measuring.swift - all times of one subject ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix

extension Subject {
  /// Measures everything selected, and what the ratios need.
  func measured(
    _ selection: Selection, _ effort: Effort, _ progress: Progress
  ) throws -> [Result] {
    switch scalar {
    case .float: try measured(Float.self, selection, effort, progress)
    case .double: try measured(Double.self, selection, effort, progress)
    }
  }

  private func measured<Scalar: CeilingScalar>(
    _: Scalar.Type, _ selection: Selection, _ effort: Effort,
    _ progress: Progress
  ) throws -> [Result] {
    progress.show("Preparing \(self)", fraction: 0)
    let rounds = try Rounds(
      contestants(Scalar.self, selection), effort)
    let measurements = try rounds.measurements { label, fraction in
      let threads = label.threads == 1 ? "thread" : "threads"
      progress.show(
        "\(self): \(label.engine.rawValue), \(label.threads) \(threads)",
        fraction: fraction)
    }
    progress.finish()
    return results(measurements, selection)
  }

  private func contestants<Scalar: CeilingScalar>(
    _: Scalar.Type, _ selection: Selection
  ) throws -> [Contestant] {
    let workload =
      if let tensors { try Workload<Scalar>(tensors) } else {
        try Workload<Scalar>(count: count)
      }
    var labels = selection.labels(scenario)
    let naive = Label(scenario: scenario, engine: .naive, threads: 1)
    if !labels.contains(naive) { labels.append(naive) }
    var contestants = labels.compactMap { contestant($0, workload) }

    if scenario == .tensors {
      let flat = try Workload<Scalar>(count: count)
      // The naive loop has a baseline in that of the tensors.
      contestants += selection.labels(.flat).filter { $0.engine != .naive }
        .compactMap { contestant($0, flat) }
    }

    let ceiling = try MemoryCeiling<Scalar>(count: count)
    for threads in selection.threads {
      for prefetching in [false, true] {
        let label = Label(
          scenario: scenario, engine: .ceiling, threads: threads)
        contestants.append(
          Contestant(label: label) {
            ceiling.run(prefetching: prefetching, threads: threads, steps: $0)
          })
      }
    }
    return contestants
  }

  /// `nil` for the ceiling.
  private func contestant<Scalar: CeilingScalar>(
    _ label: Label, _ workload: Workload<Scalar>
  ) -> Contestant? {
    guard let engine = label.engine.engine else { return nil }
    return Contestant(label: label) {
      try workload.run(engine, threads: label.threads, steps: $0)
    }
  }
}

extension EngineName {
  /// The library's engine; `nil` for the ceiling.
  fileprivate var engine: Engine? {
    switch self {
    case .naive: .reference
    case .blas: .blas
    case .fused: .fused
    case .ceiling: nil
    }
  }
}
