//===--- TensorBuffers.swift - the memory of one tensor -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The memory of one tensor: its parameters and its gradient.
///
/// The memory stays the caller's. It must stay valid for the call it is given
/// to, and no other thread may touch the parameters meanwhile. It needs the
/// alignment of `Scalar` and no more.
@unsafe public struct TensorBuffers<Scalar> {
  /// The elements that a step changes.
  public var parameters: UnsafeMutableBufferPointer<Scalar>
  /// The gradient of the loss by each parameter. A frozen tensor's may be
  /// empty.
  public var gradients: UnsafeBufferPointer<Scalar>

  /// Buffers of equal count.
  public init(
    parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeBufferPointer<Scalar>
  ) {
    unsafe self.parameters = parameters
    unsafe self.gradients = gradients
  }
}
