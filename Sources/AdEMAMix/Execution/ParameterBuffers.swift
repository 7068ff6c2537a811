//===--- ParameterBuffers.swift - memory behind pointers -----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Parameters and their gradients behind pointers: of all tensors in one
/// buffer, or of one tensor in a list of them.
///
/// The memory stays the caller's. It must stay valid for the call that it is
/// given to, and no other thread may touch it meanwhile. It needs the alignment
/// of its elements and no more. Parameters and copies must share memory with
/// nothing; gradients may share memory with each other.
@unsafe public struct ParameterBuffers<Scalar> {
  /// The elements that a call changes, or only reads.
  public var parameters: UnsafeMutableBufferPointer<Scalar>

  /// The gradient of the loss by each parameter. Empty where there is none: in
  /// a frozen group, and in calls that take no gradient.
  public var gradients: UnsafeBufferPointer<Scalar> {
    didSet { unsafe clearsGradients = false }
  }

  /// The gradient in bfloat16, in place of `gradients`. For `Float` alone.
  public internal(set) var bfloat16Gradients: UnsafeBufferPointer<BFloat16>?

  /// As many elements as parameters: a step that moves a parameter writes the
  /// nearest bfloat16 here. For `Float` alone.
  public internal(set) var bfloat16Copy: UnsafeMutableBufferPointer<BFloat16>?

  /// Whether a call that takes the gradient leaves 0 in its place.
  var clearsGradients = false

  /// Buffers of equal count. The gradients may be empty where a call does not
  /// read them.
  public init(
    parameters: UnsafeMutableBufferPointer<Scalar>,
    gradients: UnsafeBufferPointer<Scalar> = unsafe .init(start: nil, count: 0)
  ) {
    unsafe self.parameters = parameters
    unsafe self.gradients = gradients
  }
}

extension ParameterBuffers {
  /// Buffers of equal count, whose gradients a call sets to 0 once it has taken
  /// them in: those of frozen groups too, and those of a call that skips its
  /// step. A call that throws leaves them. They must share memory with nothing.
  package init(
    parameters: UnsafeMutableBufferPointer<Scalar>,
    clearing gradients: UnsafeMutableBufferPointer<Scalar>
  ) {
    unsafe self.init(
      parameters: parameters, gradients: UnsafeBufferPointer(gradients))
    unsafe clearsGradients = true
  }
}

extension ParameterBuffers where Scalar == Float {
  /// Buffers of a model in mixed precision, whose gradients a call sets to 0
  /// once it has taken them in.
  package init(
    parameters: UnsafeMutableBufferPointer<Float>,
    clearing bfloat16Gradients: UnsafeMutableBufferPointer<BFloat16>,
    bfloat16Copy: UnsafeMutableBufferPointer<BFloat16>?
  ) {
    unsafe self.init(
      parameters: parameters,
      bfloat16Gradients: UnsafeBufferPointer(bfloat16Gradients),
      bfloat16Copy: bfloat16Copy)
    unsafe clearsGradients = true
  }

  /// Buffers of a model in mixed precision, of equal count.
  ///
  /// - Parameters:
  ///   - parameters: The master weights.
  ///   - bfloat16Gradients: The gradient of the loss by each of them. `nil` in
  ///     calls that take no gradient.
  ///   - bfloat16Copy: The weights that the model computes with. `nil` keeps no
  ///     copy.
  public init(
    parameters: UnsafeMutableBufferPointer<Float>,
    bfloat16Gradients: UnsafeBufferPointer<BFloat16>?,
    bfloat16Copy: UnsafeMutableBufferPointer<BFloat16>?
  ) {
    unsafe self.init(parameters: parameters)
    unsafe self.bfloat16Gradients = bfloat16Gradients
    unsafe self.bfloat16Copy = bfloat16Copy
  }
}

extension ParameterBuffers {
  /// Parameters that are only read.
  package init(reading parameters: UnsafeBufferPointer<Scalar>) {
    unsafe self.init(
      parameters: UnsafeMutableBufferPointer(mutating: parameters))
  }

  /// The number of gradients, in either type.
  var gradientCount: Int {
    unsafe bfloat16Gradients?.count ?? gradients.count
  }

  /// Whether some of the memory is in bfloat16.
  var isMixed: Bool {
    unsafe bfloat16Gradients != nil || bfloat16Copy != nil
  }
}
