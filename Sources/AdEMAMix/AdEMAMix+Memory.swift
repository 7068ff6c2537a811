//===--- AdEMAMix+Memory.swift - from shapes of memory to a checked call --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Checks flat buffers, and advances on them.
  mutating func advance(
    _ parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeBufferPointer<Scalar>, _ purpose: StepPurpose
  ) throws(AdEMAMixError) -> StepReport {
    try checkFlatCounts(parameters.count, gradients.count)
    guard
      let flatParameters = parameters.baseAddress,
      let flatGradients = gradients.baseAddress
    else { return try advanceOnNothing(purpose) }
    try unsafe checkFlatMemory(UnsafeBufferPointer(parameters), gradients)
    var source = unsafe PointerSource(
      memory: .flat(flatParameters, gradients: flatGradients))
    return try advance(&source, purpose)
  }

  /// Checks separate tensors, and advances on them.
  mutating func advance(
    _ tensors: [TensorBuffers<Scalar>], _ purpose: StepPurpose
  ) throws(AdEMAMixError) -> StepReport {
    try unsafe tensors.withUnsafeBufferPointer {
      (tensors) throws(AdEMAMixError) in
      try unsafe checkTensors(tensors)
      guard let first = tensors.baseAddress else {
        return try advanceOnNothing(purpose)
      }
      var source = unsafe PointerSource(memory: .separate(first))
      return try advance(&source, purpose)
    }
  }

  /// Checks separate arrays, and advances on them.
  mutating func advance(
    _ parameters: inout [[Scalar]], gradients: [[Scalar]],
    _ purpose: StepPurpose
  ) throws(AdEMAMixError) -> StepReport {
    try checkTensorCount(parameters.count)
    try checkTensorCount(gradients.count)
    for index in parameters.indices {
      try checkCounts(
        parameters[index].count, gradients[index].count, ofTensor: index)
    }
    var source = ArraySource(parameters: parameters, gradients: gradients)
    parameters = []  // The source must own the arrays alone.
    defer { parameters = source.parameters }
    return try advance(&source, purpose)
  }

  /// A step on no elements still counts.
  mutating func advanceOnNothing(
    _ purpose: StepPurpose
  ) throws(AdEMAMixError) -> StepReport {
    var source = EmptySource<Scalar>()
    return try advance(&source, purpose)
  }
}
