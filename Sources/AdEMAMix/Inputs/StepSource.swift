//===--- StepSource.swift - the caller's memory, piece by piece -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Memory that a call works on, in one pass or several.
protocol StepSource<Scalar> {
  associatedtype Scalar: OptimizerScalar

  /// Calls `body` with memory for all tiles of a plan, once or piece by piece.
  mutating func visit(
    _ plan: TilePlan, _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void)
}

/// Memory behind pointers, all at once.
@safe struct PointerSource<Scalar: OptimizerScalar>: StepSource {
  let memory: ParameterMemory<Scalar>

  mutating func visit(
    _ plan: TilePlan, _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void
  ) {
    unsafe body(memory, 0..<plan.count)
  }
}

/// No memory, for a layout without elements.
struct EmptySource<Scalar: OptimizerScalar>: StepSource {
  mutating func visit(
    _ plan: TilePlan, _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void
  ) {}
}

/// Arrays, one for each tensor: only one at a time lends its memory.
struct ArraySource<Scalar: OptimizerScalar>: StepSource {
  /// Owned alone, or a piece would be copied with each visit.
  var parameters: [[Scalar]]
  let gradients: [[Scalar]]

  mutating func visit(
    _ plan: TilePlan, _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void
  ) {
    for segment in plan.segments {
      unsafe parameters[segment.tensor].withUnsafeMutableBufferPointer {
        parameters in
        unsafe gradients[segment.tensor].withUnsafeBufferPointer {
          unsafe body(
            .single(TensorBuffers(parameters: parameters, gradients: $0)),
            segment.tiles)
        }
      }
    }
  }
}
