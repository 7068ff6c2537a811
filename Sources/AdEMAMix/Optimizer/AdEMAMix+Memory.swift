//===--- AdEMAMix+Memory.swift - calls on the caller's memory ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Takes the memory of parameters out of a tree, for one call.
  ///
  /// A tree is handled in code that is not specialized for it, so nothing here
  /// is a closure, for which such code would allocate.
  @inline(__always)
  mutating func take<Parameters: TensorTree<Scalar>>(
    _ parameters: inout Parameters
  ) -> CallerTensors<Scalar> {
    var tensors = exchange(&workspace.tensors, with: CallerTensors())
    tensors.parameters.take(from: &parameters, expected: layout.tensors)
    return tensors
  }

  /// Returns the memory to the tree, and keeps the lists for the next call.
  @inline(__always)
  mutating func putBack<Parameters: TensorTree<Scalar>>(
    _ tensors: inout CallerTensors<Scalar>, into parameters: inout Parameters
  ) {
    tensors.parameters.putBack(into: &parameters)
    tensors.clear()
    workspace.tensors = exchange(&tensors, with: CallerTensors())
  }

  /// Checks memory, and makes a call on it.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  mutating func execute(
    _ tensors: inout CallerTensors<Scalar>, _ call: StepCall
  ) throws(AdEMAMixError) -> StepReport {
    try check(&tensors, call)
    let isMixed = tensors.isMixed
    let report = try tensors.lend { (memory) throws(AdEMAMixError) in
      try execute(&memory, call, isMixed: isMixed)
    }
    if call.purpose != .completion { lastArguments = call.arguments }
    if call.purpose == .update {
      for slice in grid.frozen {
        unsafe tensors.replace(
          tensor: slice.tensor,
          range: slice.start..<(slice.start + slice.count), with: nil)
      }
    }
    return report
  }

  /// Checks the memory of a call.
  private mutating func check(
    _ tensors: inout CallerTensors<Scalar>, _ call: StepCall
  ) throws(AdEMAMixError) {
    let use: GradientUse =
      call.purpose == .completion
      ? .none : .needed(tensors.parameters.isFlat ? nil : layout)
    let sizes = tensorSizes
    do throws(MemoryFault) {
      try tensors.check(
        sizes: sizes.span, count: shard.count, use, &workspace.bufferOrder)
    } catch {
      throw AdEMAMixError(error, layout)
    }
  }
}
