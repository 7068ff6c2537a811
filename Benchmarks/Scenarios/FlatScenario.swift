//===--- FlatScenario.swift - the engines on one buffer -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The engines on one flat buffer.
struct FlatScenario: EngineScenario {
  static let forms = [BufferForm.flat]
  static let cost = ScenarioCost(setUp: 0.01, contestants: 10, round: 0.015)

  let scalar: ScalarName
  let count: Int
  let request: Request

  static func scenarios(of scalar: ScalarName, for request: Request) -> [Self] {
    guard request.scalars(or: ScalarName.allCases).contains(scalar) else {
      return []
    }
    return counts(for: request).map {
      Self(scalar: scalar, count: $0, request: request)
    }
  }

  private static func counts(for request: Request) -> [Int] {
    if request.isDefault {
      let counts = [1_000, 16_000, 1_000_000, 8_000_000]
      return request.effort == .quick ? counts : counts + [32_000_000]
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
