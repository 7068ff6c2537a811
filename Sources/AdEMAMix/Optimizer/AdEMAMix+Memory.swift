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
    try check(tensors, call, sizes: tensorSizes, count: shard.count)
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
    try checkForm(isSplit: false, call)
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
    if report.outcome == .completed { averageTensorsLeftAlone(memory) }
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
        if workspace.missing.hasInOrder(slice.tensor) {
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

  /// Checks that a call has weights of the optimizer's form. Updates that are
  /// written alone do not depend on it.
  private func checkForm(
    isSplit: Bool, _ call: StepCall
  ) throws(AdEMAMixError) {
    if call.purpose == .update { return }
    try checkForm(isSplit: isSplit)
  }

  /// Checks that memory has weights of the optimizer's form.
  package func checkForm(isSplit: Bool) throws(AdEMAMixError) {
    guard isSplit == (weights != .scalar) else {
      throw .weightFormat(isSplit: isSplit, expected: weights)
    }
  }

  /// Checks the memory of a call, and notes the tensors without a gradient.
  ///
  /// - Parameters:
  ///   - tensors: The trees of the call.
  ///   - call: The call.
  ///   - sizes: The number of elements that the call takes of each tensor.
  ///   - count: The sum of the sizes.
  /// - Throws: ``AdEMAMixError`` for memory that the call does not take.
  mutating func check(
    _ tensors: CallerTensors<Scalar>, _ call: StepCall, sizes: [Int],
    count: Int
  ) throws(AdEMAMixError) {
    try checkForm(isSplit: tensors.weights.isGiven, call)
    let isFlat = tensors.isFlat
    let use: GradientUse =
      call.purpose == .completion
      ? .none
      : .needed(
        isFlat ? nil : layout, allowsMissing: options.allowsMissingGradients,
        missing: workspace.missing)
    do throws(MemoryFault) {
      try tensors.check(
        sizes: sizes.span, count: count, use, &workspace.bufferOrder)
    } catch {
      throw AdEMAMixError(error, layout)
    }
    if options.allowsMissingGradients, use.needsGradients, !isFlat {
      for tensor in sizes.indices
      where sizes[tensor] > 0 && tensors.gradientCount(of: tensor) == 0 {
        workspace.missing.insertInOrder(tensor)
      }
    }
  }
}

extension AdEMAMix {
  /// Notes the tensors that a call is to leave alone, by name.
  mutating func leave(_ names: [String]) throws(AdEMAMixError) {
    forgetMissing()
    var next = 0
    for name in names {
      let tensor = try index(ofTensor: name, from: next)
      workspace.missing.insertInOrder(tensor)
      next = tensor + 1
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
