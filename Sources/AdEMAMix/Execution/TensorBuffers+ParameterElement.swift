//===--- TensorBuffers+ParameterElement.swift - lists of tensors ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension TensorBuffers: @unsafe ParameterElement
where Scalar: OptimizerScalar {
  /// Not for clients.
  public var _count: Int { unsafe parameters.count }

  /// Not for clients.
  public static func _checkMemory(
    _ parameters: [Self], _ layout: ParameterLayout
  ) throws(AdEMAMixError) {
    try unsafe checkParameters(parameters, layout)
  }

  /// Not for clients.
  public static func _read<Failure: Error>(
    _ parameters: [Self], tensor: Int, range: Range<Int>,
    _ body: (UnsafeBufferPointer<Scalar>) throws(Failure) -> Void
  ) throws(Failure) {
    try unsafe body(UnsafeBufferPointer(parameters[tensor].parameters))
  }

  /// Not for clients.
  public static func _replace(
    _ parameters: inout [Self], tensor: Int, range: Range<Int>,
    with elements: UnsafeBufferPointer<Scalar>
  ) {
    unsafe _ = parameters[tensor].parameters.update(fromContentsOf: elements)
  }
}
