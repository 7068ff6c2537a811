//===--- CallShape.swift - one call, in every shape of memory -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// The shapes of memory that an optimizer takes.
package enum CallShape: String, Sendable, CaseIterable {
  case array, span, buffer, tensorBuffers, arrays
}

/// The calls of an optimizer on parameters.
package enum StepCall: Sendable {
  case step, writeUpdate, completeStep
}

extension AdEMAMix {
  /// Makes a step on flat parameters, handed over in the given shape.
  @discardableResult
  package mutating func step(
    _ shape: CallShape, _ parameters: inout [Scalar], gradients: [Scalar],
    _ options: CallOptions = CallOptions()
  ) throws -> StepReport {
    try make(.step, shape, &parameters, gradients, options)
  }

  /// Completes a step on flat parameters, handed over in the given shape.
  @discardableResult
  package mutating func completeStep(
    _ shape: CallShape, _ parameters: inout [Scalar],
    _ options: CallOptions = CallOptions()
  ) throws -> StepReport {
    try make(.completeStep, shape, &parameters, [], options)
  }

  /// Makes a call on flat memory, handed over in the given shape.
  package mutating func make(
    _ call: StepCall, _ shape: CallShape, _ memory: inout [Scalar],
    _ gradients: [Scalar], _ options: CallOptions = CallOptions()
  ) throws -> StepReport {
    let sizes = layout.tensors.map(\.range.count)
    let scale = options.gradientScale
    let measures = options.measuresDiagnostics
    switch shape {
    case .array:
      return switch call {
      case .step:
        try step(
          &memory, gradients: gradients, gradientScale: scale,
          diagnostics: measures)
      case .writeUpdate:
        try writeUpdate(
          into: &memory, gradients: gradients, gradientScale: scale,
          diagnostics: measures)
      case .completeStep: try completeStep(&memory, diagnostics: measures)
      }
    case .arrays:
      var tensors = memory.cut(into: sizes)
      let gradients =
        call == .completeStep ? [] : gradients.cut(into: sizes)
      defer { memory = Array(tensors.joined()) }
      return switch call {
      case .step:
        try step(
          &tensors, gradients: gradients, gradientScale: scale,
          diagnostics: measures)
      case .writeUpdate:
        try writeUpdate(
          into: &tensors, gradients: gradients, gradientScale: scale,
          diagnostics: measures)
      case .completeStep: try completeStep(&tensors, diagnostics: measures)
      }
    case .span:
      return switch call {
      case .step:
        try step(
          memory.mutableSpan, gradients: gradients.span, gradientScale: scale,
          diagnostics: measures)
      case .writeUpdate:
        try writeUpdate(
          into: memory.mutableSpan, gradients: gradients.span,
          gradientScale: scale, diagnostics: measures)
      case .completeStep:
        try completeStep(memory.mutableSpan, diagnostics: measures)
      }
    case .tensorBuffers:
      return try unsafe gradients.withUnsafeBufferPointer { gradients in
        try unsafe memory.withTensors(of: sizes) {
          let gradients = unsafe gradients.cut(into: sizes)
          return switch call {
          case .step:
            try unsafe step(
              &$0, gradients: gradients, gradientScale: scale,
              diagnostics: measures)
          case .writeUpdate:
            try unsafe writeUpdate(
              into: &$0, gradients: gradients, gradientScale: scale,
              diagnostics: measures)
          case .completeStep:
            try unsafe completeStep(&$0, diagnostics: measures)
          }
        }
      }
    case .buffer:
      return try unsafe memory.withUnsafeMutableBufferPointer { memory in
        try unsafe gradients.withUnsafeBufferPointer { gradients in
          switch call {
          case .step:
            try unsafe step(
              &memory, gradients: gradients, gradientScale: scale,
              diagnostics: measures)
          case .writeUpdate:
            try unsafe writeUpdate(
              into: &memory, gradients: gradients, gradientScale: scale,
              diagnostics: measures)
          case .completeStep:
            try unsafe completeStep(&memory, diagnostics: measures)
          }
        }
      }
    }
  }
}

extension Array {
  /// Tensors of the given sizes, which are those of the array together.
  package func cut(into sizes: [Int]) -> [[Element]] {
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return Array(self[start..<(start + size)])
    }
  }
}

extension Array where Element: OptimizerScalar {
  /// Calls `body` with the array's memory, cut into tensors.
  package mutating func withTensors<Result: ~Copyable>(
    of sizes: [Int],
    _ body: (inout [UnsafeMutableBufferPointer<Element>]) throws -> Result
  ) throws -> Result {
    var span = mutableSpan
    return try unsafe span.withUnsafeMutableBufferPointer { memory in
      var start = 0
      var tensors = unsafe sizes.map { size in
        defer { start += size }
        return unsafe UnsafeMutableBufferPointer(
          rebasing: memory[start..<(start + size)])
      }
      return try unsafe body(&tensors)
    }
  }
}

extension UnsafeBufferPointer {
  /// Buffers of tensors, all of them empty where this one is.
  package func cut(into sizes: [Int]) -> [UnsafeBufferPointer] {
    var start = 0
    return unsafe sizes.map { size in
      defer { start += size }
      return unsafe UnsafeBufferPointer(
        rebasing: self[isEmpty ? 0..<0 : start..<(start + size)])
    }
  }
}
