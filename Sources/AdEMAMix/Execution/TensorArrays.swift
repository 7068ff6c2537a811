//===--- TensorArrays.swift - an array for each tensor -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Arrays of a model's tensors, one for each tensor of the layout.
package struct TensorArrays<Scalar: OptimizerScalar> {
  /// Owned alone while a call changes them, or an array would be copied when it
  /// lends its memory.
  package var parameters: [[Scalar]]
  /// Whether the parameters are only read. Then others may own the arrays too.
  var areRead = false
  /// Empty where the call reads no gradient, or reads those in bfloat16.
  var gradients: [[Scalar]] = []
  /// Whether gradients are set to 0 once a call has taken them in. Then they
  /// are owned alone, as parameters are.
  var clearsGradients = false
  /// Empty where there are none.
  var bfloat16Gradients: [[BFloat16]] = []
  /// Empty where no copy is kept.
  var bfloat16Copies: [[BFloat16]] = []

  package init(parameters: [[Scalar]]) { self.parameters = parameters }

  /// Lends the memory of one tensor.
  mutating func lend(
    _ tensor: Int, _ body: (ParameterBuffers<Scalar>) -> Void
  ) {
    guard !areRead else {
      return unsafe parameters[tensor].withUnsafeBufferPointer {
        unsafe body(ParameterBuffers(reading: $0))
      }
    }
    // Taken out, so that each is owned alone while others are read.
    var own = exchange(&parameters[tensor], with: [])
    unsafe own.withUnsafeMutableBufferPointer {
      let buffers = unsafe ParameterBuffers(parameters: $0)
      guard !bfloat16Copies.isEmpty else {
        return unsafe lendGradients(tensor, buffers, body)
      }
      var copy = exchange(&bfloat16Copies[tensor], with: [])
      unsafe copy.withUnsafeMutableBufferPointer {
        var buffers = unsafe buffers
        unsafe buffers.bfloat16Copy = $0
        unsafe lendGradients(tensor, buffers, body)
      }
      bfloat16Copies[tensor] = copy
    }
    parameters[tensor] = own
  }

  private mutating func lendGradients(
    _ tensor: Int, _ buffers: ParameterBuffers<Scalar>,
    _ body: (ParameterBuffers<Scalar>) -> Void
  ) {
    var buffers = unsafe buffers
    if clearsGradients, !gradients.isEmpty {
      var own = exchange(&gradients[tensor], with: [])
      unsafe own.withUnsafeMutableBufferPointer {
        unsafe buffers.gradients = UnsafeBufferPointer($0)
        unsafe buffers.clearsGradients = true
        unsafe body(buffers)
      }
      gradients[tensor] = own
    } else if clearsGradients, !bfloat16Gradients.isEmpty {
      var own = exchange(&bfloat16Gradients[tensor], with: [])
      unsafe own.withUnsafeMutableBufferPointer {
        unsafe buffers.bfloat16Gradients = UnsafeBufferPointer($0)
        unsafe buffers.clearsGradients = true
        unsafe body(buffers)
      }
      bfloat16Gradients[tensor] = own
    } else if !gradients.isEmpty {
      unsafe gradients[tensor].withUnsafeBufferPointer {
        unsafe buffers.gradients = $0
        unsafe body(buffers)
      }
    } else if !bfloat16Gradients.isEmpty {
      unsafe bfloat16Gradients[tensor].withUnsafeBufferPointer {
        unsafe buffers.bfloat16Gradients = $0
        unsafe body(buffers)
      }
    } else {
      unsafe body(buffers)
    }
  }
}
