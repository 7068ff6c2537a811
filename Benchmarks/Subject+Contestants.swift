//===--- Subject+Contestants.swift - what takes turns ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix

extension Subject {
  /// The engines, the naive loop that they are compared to, and the ceiling.
  func engineHeat<Scalar: CeilingScalar>(
    _: Scalar.Type, _ selection: Selection
  ) throws -> [Contestant<Label>] {
    let workload =
      if let tensors { try Workload<Scalar>(tensors) } else {
        try Workload<Scalar>(count: count)
      }
    var labels = selection.labels(scenario)
    let naive = Label(scenario: scenario, engine: .naive, threads: 1)
    if !labels.contains(naive) { labels.append(naive) }
    var contestants = labels.compactMap { Contestant($0, workload) }

    if scenario == .tensors {
      let flat = try Workload<Scalar>(count: count)
      // The naive loop has a baseline in that of the tensors.
      contestants += selection.labels(.flat).filter { $0.engine != .naive }
        .compactMap { Contestant($0, flat) }
    }

    return try contestants + ceiling(Scalar.self, selection)
  }

  /// Both forms of the ceiling on all thread counts.
  func ceiling<Scalar: CeilingScalar>(
    _: Scalar.Type, _ selection: Selection
  ) throws -> [Contestant<Label>] {
    let ceiling = try MemoryCeiling<Scalar>(count: count)
    return selection.threads.flatMap { threads in
      let label = Label(
        scenario: scenario, engine: .ceiling, threads: threads)
      return [false, true].map { prefetching in
        Contestant(label: label) {
          ceiling.run(prefetching: prefetching, threads: threads, steps: $0)
        }
      }
    }
  }

  /// A step without and with each of its options: a heat for each engine and
  /// thread count.
  func optionHeats<Scalar: OptimizerScalar>(
    _: Scalar.Type, _ selection: Selection
  ) throws -> [[Contestant<Label>]] {
    var workloads: [StepVariant.State: Workload<Scalar>] = [:]
    for state in StepVariant.State.allCases {
      workloads[state] = try Workload(count: count, state)
    }
    return selection.labels(scenario).grouped {
      $0.engine == $1.engine && $0.threads == $1.threads
    }.map { labels in
      labels.compactMap { label in
        workloads[label.variant.state].flatMap { Contestant(label, $0) }
      }
    }
  }
}

extension Contestant<Label> {
  /// `nil` for the ceiling.
  fileprivate init?<Scalar>(_ label: Label, _ workload: Workload<Scalar>) {
    guard let engine = label.engine.engine else { return nil }
    self.init(label: label) {
      try workload.run(
        label.variant, engine, threads: label.threads, steps: $0)
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
