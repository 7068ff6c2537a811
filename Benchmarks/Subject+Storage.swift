//===--- Subject+Storage.swift - steps on smaller state, in ratios --------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Subject {
  /// Each way to store the state, beside the ceiling of `Float` and a step on
  /// `Float`.
  func storageResults(
    _ selection: Selection,
    _ measurements: ([[Contestant<Label>]]) throws -> [Measurement<Label>]
  ) throws -> [Result] {
    let workload = try StorageWorkload(count: count)
    let labels = selection.threads.flatMap { threads in
      StorageVariant.allCases.map {
        Label(
          scenario: scenario, storage: $0, engine: .fused, threads: threads)
      }
    }
    let contestants = labels.map { label in
      Contestant(label: label) {
        try workload.run(label.storage, threads: label.threads, steps: $0)
      }
    }
    // The better of the ceiling's forms; all others have one.
    let best = Dictionary(
      try measurements([contestants + ceiling(Float.self, selection)])
        .map { ($0.label, $0) }
    ) { $0.median <= $1.median ? $0 : $1 }
    return selection.threads.flatMap { threads -> [Result] in
      let top = Label(scenario: scenario, engine: .ceiling, threads: threads)
      let full = Label(scenario: scenario, engine: .fused, threads: threads)
      guard let top = best[top], let full = best[full] else { return [] }
      var ceiling = Result(self, top)
      ceiling.ratioToCeiling = 1
      return [ceiling]
        + labels.filter { $0.threads == threads }.compactMap { label in
          guard let own = best[label] else { return nil }
          var result = Result(self, own)
          result.storage = label.storage.rawValue
          result.stateBytesPerParameter = workload.stateBytes(label.storage)
          result.ratioToCeiling = own.ratio(to: top)
          result.ratioToFloat = own.ratio(to: full)
          return result
        }
    }
  }
}
