//===--- Plan.swift - the scenarios of a run, as far as they fit ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The scenarios of a run.
struct Plan {
  private(set) var scenarios: [any Scenario] = []
  /// Sentences about the scenarios that were left out or shrunk.
  private(set) var notes: [String] = []

  /// All kinds of scenarios. The kinds of a group are all measured on one
  /// scalar type before they are measured on the next.
  private static var kinds: [[any Scenario.Type]] {
    [
      [FlatScenario.self, TensorsScenario.self],
      [OptionsScenario.self],
      [StorageScenario.self],
      [CheckpointsScenario.self],
    ]
  }

  /// The scenarios that a request asks for, as far as the machine has room for
  /// them. Unknown memory counts as enough.
  init(_ request: Request, availableBytes: Int?) throws {
    // A fifth stays free for everything else that runs.
    let limit = availableBytes.map { $0 / 10 * 8 } ?? .max
    for group in Self.kinds {
      for scalar in ScalarName.allCases {
        for kind in group {
          for scenario in kind.scenarios(of: scalar, for: request) {
            let other = scenario.state == .loop ? request.gap.byteCount : 0
            if let fitted = try scenario.fitted(to: limit - other, &notes) {
              scenarios.append(fitted)
            }
          }
        }
      }
    }
  }
}
