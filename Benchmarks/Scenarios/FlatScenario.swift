//===--- FlatScenario.swift - the engines on one buffer -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The engines on one flat buffer.
struct FlatScenario: EngineScenario {
  static let forms = [BufferForm.flat]
  static let cost = ScenarioCost(setUp: 0.01, contestants: 10, round: 0.015)

  let scalar: ScalarName
  let count: Int
  let state: StepState?
  let request: Request

  static func scenarios(of scalar: ScalarName, for request: Request) -> [Self] {
    guard request.scalars(or: ScalarName.allCases).contains(scalar) else {
      return []
    }
    // The state of a training loop comes first: it is the one that counts.
    let states = request.state.map { [$0] } ?? StepState.allCases
    return states.flatMap { state in
      counts(in: state, scalar, for: request).map {
        Self(scalar: scalar, count: $0, state: state, request: request)
      }
    }
  }

  private static func counts(
    in state: StepState, _ scalar: ScalarName, for request: Request
  ) -> [Int] {
    if request.isDefault {
      return switch (state, request.effort) {
      // Other work of 25 ms before each time takes a second a table.
      case (.loop, .quick): scalar == .float ? [1_000_000] : []
      case (.loop, .full): [100_000, 300_000, 1_000_000, 8_000_000, 32_000_000]
      case (.repeated, .quick): [1_000, 16_000, 1_000_000, 4_000_000]
      case (.repeated, .full):
        [1_000, 16_000, 1_000_000, 8_000_000, 32_000_000]
      }
    }
    // Other scenarios than the tensors, which have a size of their own, take
    // the sizes for themselves.
    let isAlone = request.scenarios.isSubset(of: [TensorsScenario.name])
    return isAlone ? request.counts : []
  }

  func workload<Scalar>(_: BufferForm) throws -> Workload<Scalar> {
    try Workload(count: count)
  }

  var title: String { "\(scalar.rawValue), \(parameters)" }

  var description: String { title }
}
