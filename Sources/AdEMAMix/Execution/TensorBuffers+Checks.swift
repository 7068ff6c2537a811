//===--- TensorBuffers+Checks.swift - checks of separate tensors ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// Checks that a buffer starts where its elements may. A flat buffer has no
/// tensor.
func checkAlignment(
  _ addresses: Range<UInt>, _ alignment: Int, tensor: String?
) throws(AdEMAMixError) {
  if addresses.isEmpty { return }
  guard addresses.lowerBound.isMultiple(of: UInt(alignment)) else {
    throw .misalignedBuffer(
      address: addresses.lowerBound, alignment: alignment, tensor: tensor)
  }
}

extension TensorBuffers where Scalar: OptimizerScalar {
  /// Checks the parameters of all tensors as a step does. Their counts must
  /// have been checked.
  static func checkParameters(
    _ tensors: [TensorBuffers], _ layout: ParameterLayout
  ) throws(AdEMAMixError) {
    for (index, tensor) in layout.tensors.enumerated() {
      try checkAlignment(
        unsafe addresses(UnsafeBufferPointer(tensors[index].parameters)),
        MemoryLayout<Scalar>.alignment, tensor: tensor.name)
    }
    var order = BufferOrder()
    let found = unsafe tensors.withUnsafeBufferPointer {
      unsafe order.firstOverlap(among: $0, withGradients: false)
    }
    if let found { throw layout.overlap(of: found) }
  }
}

extension ParameterLayout {
  func overlap(
    of found: (first: Int, second: Int)
  ) -> AdEMAMixError {
    .overlappingTensors(tensors[found.first].name, tensors[found.second].name)
  }
}
