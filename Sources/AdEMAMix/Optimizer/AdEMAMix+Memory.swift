//===--- AdEMAMix+Memory.swift - calls on the caller's memory ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Checks memory, and makes a call on it.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  mutating func execute(
    _ tensors: CallerTensors<Scalar>, _ call: StepCall
  ) throws(AdEMAMixError) -> StepReport {
    try check(tensors, call)
    let isMixed = tensors.isMixed
    return try tensors.lend { (memory) throws(AdEMAMixError) in
      try execute(on: &memory, call, isMixed: isMixed)
    }
  }

  /// Makes a call on flat memory that needs no check but that of its counts:
  /// arrays and spans, which are aligned and lie apart.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  mutating func execute(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeBufferPointer<Scalar>, _ call: StepCall
  ) throws(AdEMAMixError) -> StepReport {
    try checkFlat(parameters.count, gradients: gradients.count)
    forgetMissing()
    var memory = unsafe CallerMemory.flat(
      ParameterBuffers(parameters: parameters, gradients: gradients))
    return try execute(on: &memory, call, isMixed: false)
  }

  /// Makes a call on memory that has been checked.
  private mutating func execute(
    on memory: inout CallerMemory<Scalar>, _ call: StepCall, isMixed: Bool
  ) throws(AdEMAMixError) -> StepReport {
    let report = try execute(&memory, prepare(call, isMixed: isMixed))
    if call.purpose != .completion { lastArguments = call.arguments }
    if call.purpose == .update {
      for slice in grid.frozen { memory.clear(slice) }
      if !workspace.roles.isEmpty {
        for slice in grid.slices
        where workspace.operands(of: slice, in: grid) == nil {
          memory.clear(slice)
        }
      }
    }
    if call.purpose != .completion {
      // No pass has taken these gradients in.
      for slice in grid.frozen { memory.clearGradients(slice) }
      for slice in grid.slices where !workspace.missing.isEmpty {
        if workspace.missing.contains(slice.tensor) {
          memory.clearGradients(slice)
        }
      }
      if report.outcome == .skipped {
        for slice in grid.slices { memory.clearGradients(slice) }
      }
    }
    return report
  }

  func checkFlat(
    _ parameters: Int, gradients: Int
  ) throws(AdEMAMixError) {
    guard parameters == shard.count else {
      throw .parameterCount(parameters, expected: shard.count)
    }
    guard gradients == shard.count else {
      throw .gradientCount(gradients, expected: shard.count)
    }
  }

  /// Checks the memory of a call.
  private mutating func check(
    _ tensors: CallerTensors<Scalar>, _ call: StepCall
  ) throws(AdEMAMixError) {
    let isFlat = tensors.parameters.isFlat
    let use: GradientUse =
      call.purpose == .completion
      ? .none
      : .needed(
        isFlat ? nil : layout, allowsMissing: options.allowsMissingGradients,
        missing: workspace.missing)
    let sizes = tensorSizes
    do throws(MemoryFault) {
      try tensors.check(
        sizes: sizes.span, count: shard.count, use, &workspace.bufferOrder)
    } catch {
      throw AdEMAMixError(error, layout)
    }
    if options.allowsMissingGradients, use.needsGradients, !isFlat {
      for tensor in sizes.indices
      where sizes[tensor] > 0 && tensors.gradientCount(of: tensor) == 0
        && !workspace.missing.contains(tensor)
      {
        workspace.missing.append(tensor)
      }
    }
  }
}

extension AdEMAMix {
  /// Notes the tensors that a call is to leave alone, by name.
  mutating func leave(_ names: [String]) throws(AdEMAMixError) {
    forgetMissing()
    for name in names {
      let tensor = try index(ofTensor: name)
      if !workspace.missing.contains(tensor) {
        workspace.missing.append(tensor)
      }
    }
    if options.allowsMissingGradients || !names.isEmpty {
      workspace.tensors.allowMissingGradients()
    }
  }

  /// Forgets the tensors that an earlier call left alone.
  mutating func forgetMissing() {
    if workspace.missing.isEmpty { return }
    workspace.missing.removeAll(keepingCapacity: true)
  }
}
