//===--- Selection.swift - what the user wants to see ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What one time belongs to.
struct Label: Hashable {
  let scenario: Scenario
  let engine: EngineName
  let threads: Int
}

/// What the user wants to see of each subject.
struct Selection {
  let engines: [EngineName]
  let threads: [Int]

  /// Sorted, and each value once.
  init(engines: [EngineName], threads: [Int]) {
    self.engines = EngineName.allCases.filter(engines.contains)
    self.threads = Set(threads).sorted()
  }

  /// The engines on all thread counts, apart from the ceiling.
  func labels(_ scenario: Scenario) -> [Label] {
    threads.flatMap { threads in
      engines.filter { $0 != .ceiling }.map {
        Label(scenario: scenario, engine: $0, threads: threads)
      }
    }
  }
}
