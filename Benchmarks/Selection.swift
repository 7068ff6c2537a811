//===--- Selection.swift - what the user wants to see ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What one time belongs to.
struct Label: Hashable {
  let scenario: Scenario
  var variant = StepVariant.plain
  var storage = StorageVariant.full
  let engine: EngineName
  let threads: Int
}

extension Label: CustomStringConvertible {
  var description: String {
    let name =
      (variant == .plain ? "" : ", \(variant.rawValue)")
      + (storage == .full ? "" : ", \(storage.rawValue)")
    return "\(engine.rawValue)\(name), \(threads) "
      + (threads == 1 ? "thread" : "threads")
  }
}

/// What the user wants to see of each subject.
struct Selection {
  let engines: [EngineName]
  let threads: [Int]
  /// The engines whose options are measured: nobody needs fast options in the
  /// naive loop.
  let optionEngines: [EngineName]

  /// Sorted, and each value once. No engines are all of them.
  init(engines: [EngineName], threads: [Int]) {
    let chosen = EngineName.allCases.filter(engines.contains)
    self.engines = chosen.isEmpty ? EngineName.allCases : chosen
    optionEngines =
      chosen.isEmpty ? [.blas, .fused] : chosen.filter { $0 != .ceiling }
    self.threads = Set(threads).sorted()
  }

  /// The times to take, apart from the ceiling's.
  func labels(_ scenario: Scenario) -> [Label] {
    let isOptions = scenario == .options
    return threads.flatMap { threads in
      (isOptions ? optionEngines : engines.filter { $0 != .ceiling }).flatMap {
        engine in
        (isOptions ? StepVariant.allCases : [.plain]).map {
          Label(
            scenario: scenario, variant: $0, engine: engine, threads: threads)
        }
      }
    }
  }
}
