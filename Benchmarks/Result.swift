//===--- Result.swift - a time and what it compares to --------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// One row of the table, one object of the file.
struct Result: Encodable {
  let scenario: Scenario
  let engine: EngineName
  let scalar: ScalarName
  let count: Int
  let threads: Int
  /// The median.
  let nanosecondsPerParameter: Double
  let nanosecondsPerParameterMinimum: Double
  let gigabytesPerSecond: Double
  /// The naive loop on one thread takes this many times as long.
  let speedupOverNaive: Double
  /// This takes so many times as long as the ceiling on as many threads.
  let ratioToCeiling: Double
}

extension Subject {
  /// A step moves this many values for each parameter: 5 reads, 4 writes.
  private static let valuesMoved = 9

  /// The selected results, each compared to the naive loop and the ceiling.
  func results(
    _ measurements: [Measurement], _ selection: Selection
  ) -> [Result] {
    // The better of the ceiling's forms; all others have one.
    let best = Dictionary(measurements.map { ($0.label, $0) }) {
      $0.median <= $1.median ? $0 : $1
    }
    func measurement(_ engine: EngineName, _ threads: Int) -> Measurement? {
      best[Label(scenario: scenario, engine: engine, threads: threads)]
    }
    func result(_ label: Label) -> Result? {
      guard let own = best[label], let naive = measurement(.naive, 1),
        let ceiling = measurement(.ceiling, label.threads)
      else { return nil }
      let bytes = Double(Self.valuesMoved * scalar.byteCount * count)
      return Result(
        scenario: label.scenario, engine: label.engine, scalar: scalar,
        count: count, threads: label.threads,
        nanosecondsPerParameter: own.median / Double(count),
        nanosecondsPerParameterMinimum: own.minimum / Double(count),
        // Bytes in a nanosecond are gigabytes in a second.
        gigabytesPerSecond: bytes / own.median,
        speedupOverNaive: naive.median / own.median,
        ratioToCeiling: own.median / ceiling.median)
    }
    let scenarios: [Scenario] = tensors == nil ? [.flat] : [.tensors, .flat]
    return selection.threads.flatMap { threads in
      selection.engines.flatMap { engine in
        scenarios.compactMap {
          result(Label(scenario: $0, engine: engine, threads: threads))
        }
      }
    }
  }
}
