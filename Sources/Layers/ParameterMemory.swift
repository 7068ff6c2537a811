//===--- ParameterMemory.swift - parameters while layers work on them -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The flat buffers of a model while layers work on them.
@safe package struct ParameterMemory<Scalar: LayerScalar> {
  private let values: UnsafeMutableBufferPointer<Scalar>
  private let gradients: UnsafeMutableBufferPointer<Scalar>
  /// The first parameter that has a value here.
  private let firstValue: Int
  /// The first parameter that has a gradient here.
  private let firstGradient: Int

  /// Memory that the caller keeps, and that must outlive this value. Parameters
  /// are only read. A model that runs forward alone needs no gradients, and a
  /// stage of a pass needs only values and gradients from its first parameter
  /// on.
  package init(
    values: UnsafeBufferPointer<Scalar>, firstValue: Int = 0,
    gradients: UnsafeMutableBufferPointer<Scalar>? = nil,
    firstGradient: Int = 0
  ) {
    self.firstValue = firstValue
    self.firstGradient = firstGradient
    unsafe self.values = UnsafeMutableBufferPointer(mutating: values)
    unsafe self.gradients =
      gradients ?? UnsafeMutableBufferPointer(start: nil, count: 0)
  }

  /// Calls `body` with the memory of two arrays. Gradients are 0 at first.
  package static func with<Result>(
    _ values: [Scalar], gradients: inout [Scalar],
    _ body: (ParameterMemory) -> Result
  ) -> Result {
    precondition(gradients.count == values.count)
    return unsafe values.withUnsafeBufferPointer { values in
      unsafe gradients.withUnsafeMutableBufferPointer { gradients in
        unsafe gradients.update(repeating: 0)
        return body(
          unsafe ParameterMemory(values: values, gradients: gradients))
      }
    }
  }

  /// The parameter itself.
  func value(_ parameter: Parameter) -> Matrix<Scalar> {
    unsafe Self.matrix(parameter, values, from: firstValue)
  }

  /// The gradient of the loss by the parameter. Layers add to it.
  func gradient(_ parameter: Parameter) -> Matrix<Scalar> {
    unsafe Self.matrix(parameter, gradients, from: firstGradient)
  }

  private static func matrix(
    _ parameter: Parameter, _ buffer: UnsafeMutableBufferPointer<Scalar>,
    from first: Int
  ) -> Matrix<Scalar> {
    let place = parameter.offset - first
    let end = place + parameter.rows * parameter.columns
    guard place >= 0, end <= buffer.count, let start = buffer.baseAddress else {
      preconditionFailure("\(parameter) in a buffer of \(buffer.count)")
    }
    return unsafe Matrix(
      start + place, rows: parameter.rows,
      columns: parameter.columns)
  }
}
