//===--- ElementMemory.swift - the memory of some elements ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The caller's memory of neighbouring elements of one tensor.
@unsafe struct ElementMemory<Scalar> {
  let parameters: UnsafeMutablePointer<Scalar>
  /// `nil` where gradients are in bfloat16, and where there are none.
  let gradients: UnsafePointer<Scalar>?
  let bfloat16Gradients: UnsafePointer<BFloat16>?
  let bfloat16Copy: UnsafeMutablePointer<BFloat16>?

  /// The memory from an element of some buffers on; `nil` where the buffers are
  /// empty.
  init?(_ buffers: ParameterBuffers<Scalar>, from start: Int) {
    guard let parameters = unsafe buffers.parameters.baseAddress else {
      return nil
    }
    unsafe self.parameters = parameters + start
    unsafe gradients = buffers.gradients.baseAddress.map { unsafe $0 + start }
    unsafe bfloat16Gradients = buffers.bfloat16Gradients?.baseAddress.map {
      unsafe $0 + start
    }
    unsafe bfloat16Copy = buffers.bfloat16Copy?.baseAddress.map {
      unsafe $0 + start
    }
  }
}
