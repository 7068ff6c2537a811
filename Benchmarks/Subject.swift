//===--- Subject.swift - parameters to measure on -------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Numerals

/// How the parameters lie in memory, and what is compared on them.
enum Scenario: String, Encodable {
  /// The engines, on one buffer.
  case flat
  /// The engines, on a list of buffers.
  case tensors
  /// The options of a step, on one buffer.
  case options
  /// Moments in fewer bits, and gradients in bfloat16.
  case storage
  /// Checkpoints and copies of the state, beside plain files and copies.
  case checkpoints
}

/// Parameters on which everything of a scenario is measured in turn.
struct Subject {
  let scenario: Scenario
  let scalar: ScalarName
  let count: Int
  /// `nil` where the parameters are one flat buffer alone.
  let tensors: [GPT2.Tensor]?
  /// Where checkpoints are written.
  var folder = "."

  /// One buffer.
  init(_ scenario: Scenario, _ scalar: ScalarName, count: Int) {
    self.scenario = scenario
    self.scalar = scalar
    self.count = count
    tensors = nil
  }

  /// A buffer for each tensor.
  init(_ scalar: ScalarName, _ tensors: [GPT2.Tensor]) {
    scenario = .tensors
    self.scalar = scalar
    count = tensors.reduce(0) { $0 + $1.count }
    self.tensors = tensors
  }

  /// The bytes that are allocated at once.
  var byteCount: Int { count * Self.byteCount(scalar, scenario) }

  /// The same for each parameter: five streams each for the optimizer, for the
  /// ceiling and, beside a list of tensors, for its flat counterpart; or those
  /// of the optimizers that variants of a step need.
  static func byteCount(_ scalar: ScalarName, _ scenario: Scenario) -> Int {
    let streams =
      switch scenario {
      case .flat: 2 * 5
      case .tensors: 3 * 5
      case .options:
        StepVariant.State.allCases.reduce(0) { $0 + $1.streamCount }
      // Parameters, gradients, both in half, the ceiling, and all moments.
      case .storage: 2 + 1 + 5 + 16
      // The moments, the content of the file, what a transfer makes, and the
      // file in the memory of the system.
      case .checkpoints: 4 * 3
      }
    return streams * scalar.byteCount
  }

  /// The heading of the table.
  var title: String {
    let parameters = "\(grouped(count)) parameters"
    return switch scenario {
    case .flat: "\(scalar.rawValue), \(parameters)"
    case .tensors:
      "\(scalar.rawValue), \(tensors?.count ?? 0) tensors as in GPT-2 small, "
        + parameters
    case .options: "Options of a step, \(scalar.rawValue), \(parameters)"
    case .storage: "Smaller state, \(scalar.rawValue), \(parameters)"
    case .checkpoints:
      "Checkpoints, \(scalar.rawValue), \(parameters), "
        + "\(megabytes(stateByteCount)) in \(folder)"
    }
  }
}

extension Subject: CustomStringConvertible {
  /// Shorter than the title.
  var description: String {
    switch scenario {
    case .flat: title
    case .tensors: "\(scalar.rawValue), GPT-2 tensors"
    case .options: "\(scalar.rawValue), options"
    case .storage: "\(scalar.rawValue), smaller state"
    case .checkpoints: "\(scalar.rawValue), checkpoints"
    }
  }
}
