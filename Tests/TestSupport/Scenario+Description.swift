//===--- Scenario+Description.swift - a scenario as the code of it --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

extension Scenario: CustomStringConvertible {
  /// Swift that makes the scenario, a line for each group and each event. Parts
  /// that have their default value are left out.
  package var description: String {
    let plain = Scenario([], events: [])
    var parts = name.isEmpty ? [] : ["name: \"\(name)\""]
    if seed != plain.seed { parts.append("seed: \(seed)") }
    parts.append(lines(groups.map(\.code)))
    if let order { parts.append("order: \(order)") }
    if clock != plain.clock { parts.append("clock: .\(clock)") }
    if options != plain.options { parts.append("options: \(options.code)") }
    if computation != plain.computation {
      parts.append("computation: \(code(of: computation))")
    }
    if averageDecay != plain.averageDecay {
      parts.append("averageDecay: \(code(of: averageDecay))")
    }
    parts.append("events: " + lines(events.map(\.code)))
    return "Scenario(\n  " + parts.joined(separator: ", ") + ")"
  }
}

private func lines(_ elements: [String]) -> String {
  "[\n" + elements.map { "    \($0),\n" }.joined() + "  ]"
}

extension Scenario.Event {
  fileprivate var code: String {
    switch self {
    case .step(let gradient): ".step(\(gradient.code))"
    case .update(let gradient): ".update(\(gradient.code))"
    case .options(let options): ".options(\(options.code))"
    case .edit(let group, .hyperparameters(let new)):
      ".edit(\"\(group)\", .hyperparameters(\(new.code)))"
    default: TestSupport.code(of: self)
    }
  }
}

extension Gradient {
  fileprivate var code: String {
    if isSparse {
      var dense = self
      dense.isSparse = false
      return "Gradient.sparse(\(dense.code))"
    }
    if poison.isEmpty { return "\(seed)" }
    let elements = poison.sorted { $0.key < $1.key }.map { "\($0): .\($1)" }
    return "Gradient(\(seed), [\(elements.joined(separator: ", "))])"
  }
}

extension ParameterGroup {
  fileprivate var code: String {
    var parts = ["\"\(name)\""]
    let tensors = tensors.map {
      $0.shape.count == 1
        ? "TensorSpec(\"\($0.name)\", count: \($0.count))"
        : "TensorSpec(\"\($0.name)\", shape: \($0.shape))"
    }
    parts.append("tensors: [\(tensors.joined(separator: ", "))]")
    parts.append(hyperparameters.code)
    if isFrozen { parts.append("isFrozen: true") }
    if storage != .full {
      parts.append("storage: \(TestSupport.code(of: storage))")
    }
    return "ParameterGroup(\(parts.joined(separator: ", ")))"
      + (learningRateFactor == 1 ? "" : ".scaled(by: \(learningRateFactor))")
      + (directionLimit.map { ".limited(to: \($0))" } ?? "")
      + (skipsZeroGradients ? ".skipping()" : "")
  }
}

extension CallOptions {
  fileprivate var code: String {
    var arguments = CallOptions()
    arguments.gradientScale = gradientScale
    var measuring = CallOptions()
    measuring.measuresDiagnostics = measuresDiagnostics
    let changes =
      (differences(of: arguments, from: CallOptions())
      + differences(of: options, from: StepOptions())
      + differences(of: measuring, from: CallOptions()))
      .map { "$0.\($0) = \($1)" }
    return changes.isEmpty
      ? "CallOptions()" : "CallOptions { \(changes.joined(separator: "; ")) }"
  }
}

extension Hyperparameters {
  fileprivate var code: String {
    let isStandard = form == .standard
    let plain =
      isStandard
      ? Hyperparameters(learningRate: .constant(.nan))
      : .simplified(learningRate: .constant(.nan))
    var arguments = differences(of: self, from: plain)
    if !isStandard, let place = arguments.firstIndex(where: { $0.0 == "beta3" })
    {
      arguments.insert(("beta1", arguments.remove(at: place).1), at: 1)
    }
    return (isStandard ? "Hyperparameters(" : ".simplified(")
      + arguments.map { "\($0): \($1)" }.joined(separator: ", ") + ")"
  }
}

/// The stored properties that a value has not from another, and their code.
private func differences<Value>(
  of value: Value, from plain: Value
) -> [(String, String)] {
  zip(Mirror(reflecting: value).children, Mirror(reflecting: plain).children)
    .map { ($0.label ?? "", code(of: $0.value), code(of: $1.value)) }
    .filter { $0.1 != $0.2 }.map { ($0.0, $0.1) }
}

/// The code of a value, out of its description for debuggers. That is nearly
/// code, but names types and labels that the code need not or must not name.
private func code(of value: Any) -> String {
  if case .joined(let schedules, let boundaries) = value
    as? HyperparameterSchedule
  {
    let codes = schedules.map { code(of: $0) }.joined(separator: ", ")
    return ".joined(schedules: [\(codes)], boundaries: \(boundaries))"
  }
  var text = String(reflecting: value)
  text.replace(#/\b(AdEMAMix|TestSupport)\.(\w+\()/#) { $0.output.2 }
  text.replace(#/\b(AdEMAMix|TestSupport)(\.[A-Z]\w*)+\./#) { _ in "." }
  text.replace(#/\.constant\(([^()]*)\)/#) { $0.output.1 }
  text.replace(".Change(count:", with: ".init(at:")
  text.replace(#/\binf\b/#) { _ in ".infinity" }
  text.replace(#/\bOptional\(([^()]*)\)/#) { $0.output.1 }
  // An optional value may hold parentheses of its own.
  if text.hasPrefix("Optional(") { text = String(text.dropFirst(9).dropLast()) }
  return text
}
