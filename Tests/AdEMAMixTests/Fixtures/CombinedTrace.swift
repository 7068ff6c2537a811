//===--- CombinedTrace.swift - the bits that a script leaves behind -------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// A script with some of its settings replaced.
struct CombinedTrace<Scalar: OptimizerScalar> {
  let script: CombinedScript
  var threads: Int
  var shape: CallShape
  /// `nil` is what the script says, now this and now that.
  var instructionSet: InstructionSet?
  var measures = false

  init(_ script: CombinedScript) {
    self.script = script
    threads = script.threads
    shape = script.shape
  }

  var settings: String {
    "\(threads) threads, \(shape), \(instructionSet.map { "\($0)" } ?? "any")"
  }

  func with<Value>(
    _ property: WritableKeyPath<CombinedTrace, Value>, _ value: Value
  ) -> CombinedTrace {
    var copy = self
    copy[keyPath: property] = value
    return copy
  }

  struct Outcome: Equatable {
    /// The bits of parameters, updates, moments, and reports.
    var words: [UInt64] = []
    /// Those of diagnostics.
    var diagnostics: [UInt64] = []
    /// Errors and outcomes of calls.
    var texts: [String] = []
  }

  func outcome() throws -> Outcome {
    var outcome = Outcome()
    var optimizer: AdEMAMix<Scalar> = try script.optimizer(threads: threads)
    var parameters: [Scalar] = script.parameters()
    for event in script.events {
      do throws(AdEMAMixError) {
        try optimizer.apply(event)
      } catch {
        outcome.texts.append(error.description)
      }
      if let instructionSet { optimizer.instructionSet = instructionSet }
      optimizer.options.measuresDiagnostics = measures
      guard case .step(let gradient, let isUpdate) = event else { continue }
      let gradients: [Scalar] = gradient.values(
        parameters.count, signs: gradient.seed)
      var updates = parameters
      do {
        let report =
          isUpdate
          ? try optimizer.writeUpdate(shape, &updates, gradients: gradients)
          : try optimizer.step(shape, &parameters, gradients: gradients)
        outcome.add(report)
      } catch let error as AdEMAMixError {
        outcome.texts.append(error.description)
      }
      outcome.words += updates.map { bits($0) }
    }
    outcome.words += parameters.map { bits($0) }
    for moments in optimizer.moments() {
      outcome.words += moments.bits
    }
    return outcome
  }
}

extension CombinedTrace.Outcome {
  fileprivate mutating func add(_ report: StepReport) {
    texts.append("\(report.outcome), \(report.zeroedElementCount) zeroed")
    words += [report.gradientNorm ?? -1, report.clipFactor].map { bits($0) }
    guard let diagnostics = report.diagnostics else { return }
    let measurements = diagnostics.groups.map(\.measurement)
    for measured in measurements + [diagnostics.total] {
      self.diagnostics += [
        measured.gradientRMS, measured.fastRMS, measured.slowRMS,
        measured.secondRMS, measured.updateRMS, measured.slowToFastRatio,
        measured.fastSlowCosine, measured.effectiveLearningRateFactor,
      ].map { bits($0) }
    }
  }
}

/// The bits of a number. All NaN are alike: IEEE leaves theirs open.
func bits(_ number: some BinaryFloatingPoint) -> UInt64 {
  number.isNaN ? .max : Double(number).bitPattern
}

extension GroupMoments {
  /// The bits of all three.
  var bits: [UInt64] {
    (fast + slow + second).map { AdEMAMixTests.bits($0) }
  }
}

extension AdEMAMix {
  /// Writes the update into flat memory, handed over in the given shape.
  mutating func writeUpdate(
    _ shape: CallShape, _ updates: inout [Scalar], gradients: [Scalar]
  ) throws -> StepReport {
    switch shape {
    case .array:
      return try writeUpdate(into: &updates, gradients: gradients)
    case .span:
      return try writeUpdate(
        into: updates.mutableSpan, gradients: gradients.span)
    case .buffer:
      return try unsafe updates.withUnsafeMutableBufferPointer { updates in
        try unsafe gradients.withUnsafeBufferPointer { gradients in
          try unsafe writeUpdate(into: updates, gradients: gradients)
        }
      }
    case .tensorBuffers:
      let ranges = layout.tensors.map(\.range)
      return try unsafe updates.withUnsafeMutableBufferPointer { updates in
        try unsafe gradients.withUnsafeBufferPointer { gradients in
          let tensors = unsafe ranges.map {
            unsafe TensorBuffers(
              parameters: UnsafeMutableBufferPointer(rebasing: updates[$0]),
              gradients: UnsafeBufferPointer(rebasing: gradients[$0]))
          }
          return try unsafe writeUpdate(into: tensors)
        }
      }
    case .arrays:
      var separate = layout.tensors.map { Array(updates[$0.range]) }
      let report = try writeUpdate(
        into: &separate,
        gradients: layout.tensors.map { Array(gradients[$0.range]) })
      updates = Array(separate.joined())
      return report
    }
  }
}
