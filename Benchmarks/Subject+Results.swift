//===--- Subject+Results.swift - from times to ratios ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension Subject {
  /// A step moves this many values for each parameter: 5 reads, 4 writes.
  private static let valuesMoved = 9

  /// The selected engines, each compared to the naive loop and the ceiling.
  func engineResults(
    _ measurements: [Measurement<Label>], _ selection: Selection
  ) -> [Result] {
    // The better of the ceiling's forms; all others have one.
    let best = Dictionary(measurements.map { ($0.label, $0) }) {
      $0.median <= $1.median ? $0 : $1
    }
    func measurement(
      _ engine: EngineName, _ threads: Int
    ) -> Measurement<Label>? {
      best[Label(scenario: scenario, engine: engine, threads: threads)]
    }
    func result(_ label: Label) -> Result? {
      guard let own = best[label], let naive = measurement(.naive, 1),
        let ceiling = measurement(.ceiling, label.threads)
      else { return nil }
      var result = Result(self, own)
      let bytes = Double(Self.valuesMoved * scalar.byteCount * count)
      // Bytes in a nanosecond are gigabytes in a second.
      result.gigabytesPerSecond = bytes / own.median
      result.speedupOverNaive = naive.ratio(to: own)
      result.ratioToCeiling = own.ratio(to: ceiling)
      return result
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

  /// All variants of a step, each compared to the plain one.
  func optionResults(
    _ measurements: [Measurement<Label>], _ selection: Selection
  ) -> [Result] {
    let all = Dictionary(
      uniqueKeysWithValues: measurements.map { ($0.label, $0) })
    return selection.labels(scenario).flatMap { label -> [Result] in
      var plainLabel = label
      plainLabel.variant = .plain
      guard let own = all[label], let plain = all[plainLabel] else { return [] }
      func result(_ name: String, calls: Int) -> Result {
        var result = Result(self, own, calls: calls)
        result.option = name
        result.ratioToPlain = own.ratio(to: plain) / Double(calls)
        return result
      }
      let (name, calls) = (label.variant.rawValue, label.variant.callCount)
      let whole = result(name, calls: 1)
      return calls == 1
        ? [whole] : [whole, result("\(name), a call", calls: calls)]
    }
  }
}
