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
    _ plan: TilePlan, for work: PassWork,
    _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void)

  /// The segments that decisions are about: those of the shard, or whole
  /// tensors where the owners of all shards put together what they find.
  func judged(_ plan: TilePlan) -> TilePlan

  /// The place of the shard's first segment among them.
  func firstJudged(_ plan: TilePlan) -> Int

  /// Joins what a pass has found with what the owners of other shards have.
  mutating func join(
    _ sums: inout SurveySums, _ plan: TilePlan, after work: PassWork,
    _ stages: Stages)
}

extension StepSource {
  func judged(_ plan: TilePlan) -> TilePlan { plan }

  func firstJudged(_ plan: TilePlan) -> Int { 0 }

  mutating func join(
    _ sums: inout SurveySums, _ plan: TilePlan, after work: PassWork,
    _ stages: Stages
  ) {}
}

/// Memory behind pointers, all at once.
@safe struct PointerSource<Scalar: OptimizerScalar>: StepSource {
  let memory: ParameterMemory<Scalar>

  mutating func visit(
    _ plan: TilePlan, for work: PassWork,
    _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void
  ) {
    unsafe body(memory, 0..<plan.count)
  }
}

/// No memory, for a layout without elements.
struct EmptySource<Scalar: OptimizerScalar>: StepSource {
  mutating func visit(
    _ plan: TilePlan, for work: PassWork,
    _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void
  ) {}
}

/// Arrays, one for each tensor: only one at a time lends its memory.
struct ArraySource<Scalar: OptimizerScalar>: StepSource {
  /// Owned alone, or a piece would be copied with each visit.
  var parameters: [[Scalar]]
  let gradients: [[Scalar]]

  mutating func visit(
    _ plan: TilePlan, for work: PassWork,
    _ body: (ParameterMemory<Scalar>, Range<Int>) -> Void
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
