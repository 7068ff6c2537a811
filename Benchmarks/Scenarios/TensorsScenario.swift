//===--- TensorsScenario.swift - the engines on a list of buffers ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The engines on a buffer for each tensor of GPT-2 small, beside one buffer of
/// the same total.
struct TensorsScenario: EngineScenario {
  static let forms = [BufferForm.tensors, .flat]
  static let cost = ScenarioCost(setUp: 0.01, contestants: 10, round: 0.025)

  let scalar: ScalarName
  let request: Request
  let state: StepState?
  private let tensors: [GPT2.Tensor]

  /// The tensors, shrunk if they have more than `limit` elements in total.
  private init(_ scalar: ScalarName, limit: Int, _ request: Request) {
    self.scalar = scalar
    self.request = request
    state = request.state ?? .repeated
    tensors = GPT2.tensors(limit: limit)
  }

  static func scenarios(of scalar: ScalarName, for request: Request) -> [Self] {
    guard request.isDefault || request.scenarios.contains(name),
      request.scalars(or: ScalarName.allCases).contains(scalar)
    else { return [] }
    let limit = request.effort == .quick ? 2_000_000 : Int.max
    return [Self(scalar, limit: limit, request)]
  }

  var count: Int { tensors.reduce(0) { $0 + $1.count } }

  /// The scenario itself, or one on tensors that are shrunk to the memory.
  func fitted(to byteCount: Int, _ notes: inout [String]) -> Self? {
    let limit = byteCount / Self.bytesPerParameter(scalar)
    if count <= limit { return self }
    let smaller = Self(scalar, limit: limit, request)
    notes.append(
      "Shrunk to the \(megabytes(byteCount)) to use: \(smaller.title).")
    return smaller
  }

  func workload<Scalar>(_ form: BufferForm) throws -> Workload<Scalar> {
    switch form {
    case .flat: try Workload(count: count)
    case .tensors: try Workload(tensors)
    }
  }

  var title: String {
    "\(scalar.rawValue), \(tensors.count) tensors as in GPT-2, "
      + parameters
  }

  var description: String { "\(scalar.rawValue), GPT-2 tensors" }
}
