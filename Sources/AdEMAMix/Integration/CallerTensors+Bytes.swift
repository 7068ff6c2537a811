//===--- CallerTensors+Bytes.swift - a tensor as bytes, for ranks ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension CallerTensors {
  /// Lends some parameters of a tensor of the whole model, or its weights that
  /// are split, as bytes.
  ///
  /// - Parameters:
  ///   - tensor: The index of the tensor.
  ///   - elements: Some elements of the tensor, counted in the layout.
  ///   - layout: The layout.
  ///   - isSplit: Whether to lend split weights, in place of parameters.
  ///   - body: Uses the bytes.
  /// - Throws: The error of `body`.
  package func withBytes<Failure: Error>(
    of tensor: Int, _ elements: Range<Int>, in layout: ParameterLayout,
    isSplit: Bool,
    _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let first = elements.lowerBound - layout.tensors[tensor].range.lowerBound
    if isSplit {
      try unsafe Self.lend(weights, tensor, elements, first) {
        (elements) throws(Failure) in
        try unsafe body(UnsafeMutableRawBufferPointer(elements))
      }
    } else {
      try unsafe Self.lend(parameters, tensor, elements, first) {
        (elements) throws(Failure) in
        try unsafe body(UnsafeMutableRawBufferPointer(elements))
      }
    }
  }
}
