//===--- ParameterBuffers.swift - pointers to the memory of a call --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Pointers to parameters and what belongs to them, of all tensors in one
/// buffer or of one tensor, while a caller lends them.
@unsafe struct ParameterBuffers<Scalar> {
  /// The elements that a call changes, or only reads. Empty where weights are
  /// split.
  var parameters: UnsafeMutableBufferPointer<Scalar>
  /// The gradient of the loss by each parameter. Empty where there is none.
  var gradients: UnsafeBufferPointer<Scalar>
  /// The gradient in bfloat16, in place of `gradients`. For `Float` alone.
  var bfloat16Gradients: UnsafeBufferPointer<BFloat16>?
  /// As many elements as parameters: a step that moves a parameter writes the
  /// nearest bfloat16 here. For `Float` alone.
  var bfloat16Copy: UnsafeMutableBufferPointer<BFloat16>?
  /// The upper parts of weights that are split, in place of `parameters`. For
  /// `Float` alone.
  var weights: UnsafeMutableBufferPointer<BFloat16>?
  /// Whether a call that takes the gradient leaves 0 in its place.
  var clearsGradients = false

  /// Parameters, with gradients where a call has them.
  init(
    parameters: UnsafeMutableBufferPointer<Scalar> = unsafe .init(
      start: nil, count: 0),
    gradients: UnsafeBufferPointer<Scalar> = unsafe .init(start: nil, count: 0)
  ) {
    unsafe self.parameters = parameters
    unsafe self.gradients = gradients
  }

  /// Parameters that are only read.
  init(reading parameters: UnsafeBufferPointer<Scalar>) {
    unsafe self.init(
      parameters: UnsafeMutableBufferPointer(mutating: parameters))
  }

  /// The number of gradients, in either type.
  var gradientCount: Int {
    unsafe bfloat16Gradients?.count ?? gradients.count
  }

  /// The addresses of the gradients, in either type.
  var gradientAddresses: Range<UInt> {
    unsafe bfloat16Gradients.map { unsafe addresses($0) }
      ?? addresses(gradients)
  }
}
