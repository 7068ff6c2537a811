//===--- Subject.swift - parameters to measure on -------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// How the parameters lie in memory.
enum Scenario: String, Encodable {
  case flat, tensors
}

/// Parameters that all engines are measured on in turn.
struct Subject {
  let scalar: ScalarName
  let count: Int
  /// `nil` where the parameters are one flat buffer alone.
  let tensors: [GPT2.Tensor]?

  init(_ scalar: ScalarName, count: Int) {
    self.scalar = scalar
    self.count = count
    tensors = nil
  }

  init(_ scalar: ScalarName, _ tensors: [GPT2.Tensor]) {
    self.scalar = scalar
    count = tensors.reduce(0) { $0 + $1.count }
    self.tensors = tensors
  }

  var scenario: Scenario { tensors == nil ? .flat : .tensors }

  /// The bytes that are allocated at once: five streams each for the optimizer,
  /// for the ceiling and, beside a list of tensors, for its flat counterpart.
  var byteCount: Int { count * Self.byteCount(scalar, scenario) }

  /// The same for each parameter.
  static func byteCount(_ scalar: ScalarName, _ scenario: Scenario) -> Int {
    5 * scalar.byteCount * (scenario == .flat ? 2 : 3)
  }

  /// The heading of the table.
  var title: String {
    guard let tensors else {
      return "\(scalar.rawValue), \(grouped(count)) parameters"
    }
    return "\(scalar.rawValue), \(tensors.count) tensors as in GPT-2 small, "
      + "\(grouped(count)) parameters"
  }
}

extension Subject: CustomStringConvertible {
  /// Shorter than the title.
  var description: String {
    tensors == nil ? title : "\(scalar.rawValue), GPT-2 tensors"
  }
}
