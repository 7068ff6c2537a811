//===--- CallShape.swift - one call, in every shape of memory -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
    _ shape: CallShape, _ parameters: inout [Scalar], gradients: [Scalar]
  ) throws -> StepReport {
    try make(.step, shape, &parameters, gradients)
  }

  /// Completes a step on flat parameters, handed over in the given shape.
  @discardableResult
  package mutating func completeStep(
    _ shape: CallShape, _ parameters: inout [Scalar]
  ) throws -> StepReport {
    try make(.completeStep, shape, &parameters, [])
  }

  /// Makes a call on flat memory, handed over in the given shape.
  package mutating func make(
    _ call: StepCall, _ shape: CallShape, _ memory: inout [Scalar],
    _ gradients: [Scalar]
  ) throws -> StepReport {
    let sizes = layout.tensors.map(\.range.count)
    switch shape {
    case .array:
      return switch call {
      case .step: try step(&memory, gradients: gradients)
      case .writeUpdate: try writeUpdate(into: &memory, gradients: gradients)
      case .completeStep: try completeStep(&memory)
      }
    case .arrays:
      var tensors = memory.cut(into: sizes)
      defer { memory = Array(tensors.joined()) }
      return switch call {
      case .step: try step(&tensors, gradients: gradients.cut(into: sizes))
      case .writeUpdate:
        try writeUpdate(into: &tensors, gradients: gradients.cut(into: sizes))
      case .completeStep: try completeStep(&tensors)
      }
    case .tensorBuffers:
      return try unsafe gradients.withUnsafeBufferPointer { gradients in
        try unsafe memory.withTensors(of: sizes, gradients) {
          switch call {
          case .step: try unsafe step($0)
          case .writeUpdate: try unsafe writeUpdate(into: $0)
          case .completeStep: try unsafe completeStep($0)
          }
        }
      }
    case .span, .buffer:
      return try unsafe memory.withUnsafeMutableBufferPointer { memory in
        try unsafe gradients.withUnsafeBufferPointer { gradients in
          let span = unsafe MutableSpan(_unsafeElements: memory)
          let other = unsafe Span(_unsafeElements: gradients)
          return switch (call, shape) {
          case (.step, .span): try step(span, gradients: other)
          case (.writeUpdate, .span):
            try writeUpdate(into: span, gradients: other)
          case (.completeStep, .span): try completeStep(span)
          case (.step, _): try unsafe step(memory, gradients: gradients)
          case (.writeUpdate, _):
            try unsafe writeUpdate(into: memory, gradients: gradients)
          case (.completeStep, _): try unsafe completeStep(memory)
          }
        }
      }
    }
  }
}

extension Array where Element: OptimizerScalar {
  /// Tensors of the given sizes, which are those of the array together.
  package func cut(into sizes: [Int]) -> [[Element]] {
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return Array(self[start..<(start + size)])
    }
  }

  /// Calls `body` with the array's memory, cut into tensors. Their gradients are
  /// cut out of `gradients`, or empty where it is.
  package mutating func withTensors<Result: ~Copyable>(
    of sizes: [Int],
    _ gradients: UnsafeBufferPointer<Element> = unsafe .init(
      start: nil, count: 0),
    _ body: ([TensorBuffers<Element>]) throws -> Result
  ) throws -> Result {
    var span = mutableSpan
    return try unsafe span.withUnsafeMutableBufferPointer { memory in
      var start = 0
      let tensors = unsafe sizes.map { size in
        defer { start += size }
        let range = start..<(start + size)
        return unsafe TensorBuffers(
          parameters: UnsafeMutableBufferPointer(rebasing: memory[range]),
          gradients: UnsafeBufferPointer(
            rebasing: gradients[gradients.isEmpty ? 0..<0 : range]))
      }
      return try unsafe body(tensors)
    }
  }
}
