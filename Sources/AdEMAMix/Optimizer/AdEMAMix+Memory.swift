//===--- AdEMAMix+Memory.swift - from shapes of memory to a checked call --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Checks flat buffers, and advances on them. There are no gradients for a
  /// completion.
  mutating func execute(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeBufferPointer<Scalar>?, _ purpose: StepPurpose
  ) throws(AdEMAMixError) -> StepReport {
    // An address that is not read, where there are none.
    let read = unsafe gradients ?? UnsafeBufferPointer(parameters)
    try checkFlatCounts(parameters.count, read.count)
    guard
      let flatParameters = parameters.baseAddress,
      let flatGradients = read.baseAddress
    else { return try executeOnNothing(purpose) }
    try unsafe checkFlatMemory(
      UnsafeBufferPointer(parameters),
      gradients ?? UnsafeBufferPointer(start: nil, count: 0))
    var source = unsafe PointerSource(
      memory: .flat(flatParameters, gradients: flatGradients))
    return try execute(&source, purpose)
  }

  /// Checks separate tensors, and advances on them.
  mutating func execute(
    _ tensors: [TensorBuffers<Scalar>], _ purpose: StepPurpose
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe tensors.withUnsafeBufferPointer {
      (tensors) throws(AdEMAMixError) in
      try unsafe checkTensors(tensors, purpose)
      guard let first = tensors.baseAddress else {
        return try executeOnNothing(purpose)
      }
      var source = unsafe PointerSource(memory: .separate(first))
      return try execute(&source, purpose)
    }
  }

  /// Checks separate arrays, and advances on them.
  mutating func execute(
    _ parameters: inout [[Scalar]], gradients: [[Scalar]],
    _ purpose: StepPurpose
  ) throws(AdEMAMixError) -> StepReport {
    try checkTensorCount(parameters.count)
    try checkTensorCount(gradients.count)
    for index in parameters.indices {
      try checkCounts(
        parameters[index].count, gradients[index].count, ofTensor: index,
        purpose)
    }
    var source = ArraySource(parameters: parameters, gradients: gradients)
    parameters = []  // The source must own the arrays alone.
    defer { parameters = source.parameters }
    return try execute(&source, purpose)
  }

  /// A step on no elements still counts.
  mutating func executeOnNothing(
    _ purpose: StepPurpose
  ) throws(AdEMAMixError) -> StepReport {
    var source = EmptySource<Scalar>()
    return try execute(&source, purpose)
  }
}
