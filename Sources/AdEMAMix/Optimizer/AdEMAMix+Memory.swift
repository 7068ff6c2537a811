//===--- AdEMAMix+Memory.swift - calls on the caller's memory ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Checks memory behind pointers, and makes a call on it.
  mutating func execute(
    _ memory: consuming CallerMemory<Scalar>, _ call: StepCall
  ) throws(AdEMAMixError) -> StepReport {
    try execute(on: &memory, call)
  }

  /// Checks separate arrays, and makes a call on them.
  ///
  /// - Parameters:
  ///   - parameters: The arrays, which the call owns alone meanwhile.
  ///   - call: The call.
  ///   - attach: Adds the other arrays of the call.
  ///   - detach: Takes the other arrays back, even if the call throws.
  /// - Returns: The report of the call.
  /// - Throws: ``AdEMAMixError`` for memory that the call does not take, and
  ///   for a call that is refused.
  mutating func execute(
    _ parameters: inout [[Scalar]], _ call: StepCall,
    _ attach: (inout TensorArrays<Scalar>) -> Void,
    detach: (TensorArrays<Scalar>) -> Void = { _ in }
  ) throws(AdEMAMixError) -> StepReport {
    var arrays = TensorArrays(parameters: parameters)
    attach(&arrays)
    parameters = []
    return try CallerMemory.with(consume arrays) {
      (memory) throws(AdEMAMixError) in
      try execute(on: &memory, call)
    } finally: {
      parameters = $0.parameters
      detach($0)
    }
  }

  /// Checks memory, and makes a call on it.
  mutating func execute(
    on memory: inout CallerMemory<Scalar>, _ call: StepCall
  ) throws(AdEMAMixError) -> StepReport {
    try check(memory, call)
    let report = try execute(&memory, call, isMixed: memory.isMixed)
    if call.purpose != .completion {
      clearRestOfGradients(&memory, isSkipped: report.outcome == .skipped)
    }
    if call.purpose != .completion { lastArguments = call.arguments }
    if call.purpose == .update {
      for slice in grid.frozen {
        unsafe memory.replace(
          tensor: slice.tensor,
          range: slice.start..<(slice.start + slice.count), with: nil)
      }
    }
    return report
  }

  /// Sets gradients to 0, where they are to be, that no pass has taken in:
  /// those of frozen groups, and all of them where the call skips its step.
  private func clearRestOfGradients(
    _ memory: inout CallerMemory<Scalar>, isSkipped: Bool
  ) {
    func clear(_ slice: TensorSlice) {
      memory.clearGradients(
        tensor: slice.tensor,
        range: slice.start..<(slice.start + slice.count))
    }
    for slice in grid.frozen { clear(slice) }
    if isSkipped { for slice in grid.slices { clear(slice) } }
  }
}
