//===--- ParameterPlan.swift - a model's parameters in one buffer ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// The parameters of a model, in the order in which its layers ask for them:
/// each a tensor in one flat buffer, with the values that training starts from.
package struct ParameterPlan: Sendable {
  /// What a parameter starts as.
  package enum Start: Sendable {
    case constant(Double)
    /// Normally distributed around 0.
    case normal(deviation: Double)
  }

  /// The tensors, one behind the other: what an optimizer's layout is made of.
  package private(set) var tensors: [NamedTensor] = []
  /// The number of elements in all tensors.
  package private(set) var count = 0
  private var starts: [Start] = []

  package init() {}

  /// Reserves a matrix of this shape, or a vector.
  package mutating func parameter(
    _ name: String, shape: [Int], _ start: Start
  ) -> Parameter {
    precondition(shape.count == 1 || shape.count == 2)
    let tensor = NamedTensor(name, shape: shape)
    let columns = shape[shape.count - 1]
    let parameter = Parameter(
      offset: count, rows: tensor.count / columns, columns: columns)
    tensors.append(tensor)
    starts.append(start)
    count += tensor.count
    return parameter
  }

  /// The tensors in two groups of an optimizer: "decayed", the matrices, and
  /// "plain", gains and biases, which have no weight decay. The moments of both
  /// are stored alike.
  ///
  /// - Throws: `AdEMAMixError` for hyperparameters out of range.
  package func layout(
    _ hyperparameters: Hyperparameters, storage: MomentStorage = .full
  ) throws(AdEMAMixError) -> ParameterLayout {
    let decayed = ParameterGroup("decayed", hyperparameters, storage: storage)
    let plain = ParameterGroup(
      "plain", hyperparameters.with(\.weightDecay, 0), storage: storage)
    return try ParameterLayout(tensors) {
      $0.shape.count > 1 ? decayed : plain
    }
  }

  /// The values that training starts from: a function of the seed, the same for
  /// every scalar type but for rounding.
  package func initialValues<Scalar: LayerScalar>(
    seed: UInt64, as: Scalar.Type = Scalar.self
  ) -> [Scalar] {
    var values: [Scalar] = []
    values.reserveCapacity(count)
    for (index, (tensor, start)) in zip(tensors, starts).enumerated() {
      let random = CounterRandom(seed: seed, stream: UInt64(index))
      for element in 0..<tensor.count {
        switch start {
        case .constant(let value): values.append(Scalar(value))
        case .normal(let deviation):
          values.append(Scalar(deviation * random.normal(UInt64(element))))
        }
      }
    }
    return values
  }
}

/// A parameter's place in the flat buffer.
package struct Parameter: Sendable, Hashable {
  let offset: Int
  let rows: Int
  let columns: Int
}

/// The flat buffers of a model while layers work on them.
@safe package struct ParameterMemory<Scalar: LayerScalar> {
  private let values: UnsafeMutableBufferPointer<Scalar>
  private let gradients: UnsafeMutableBufferPointer<Scalar>

  /// Memory that stays the caller's, and must outlive this value. Parameters are
  /// only read; a model that runs forward alone needs no gradients.
  package init(
    values: UnsafeBufferPointer<Scalar>,
    gradients: UnsafeMutableBufferPointer<Scalar>? = nil
  ) {
    unsafe self.values = UnsafeMutableBufferPointer(mutating: values)
    unsafe self.gradients =
      gradients
      ?? UnsafeMutableBufferPointer(
        start: nil, count: 0)
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
    unsafe Self.matrix(parameter, values)
  }

  /// The gradient of the loss by the parameter. Layers add to it.
  func gradient(_ parameter: Parameter) -> Matrix<Scalar> {
    unsafe Self.matrix(parameter, gradients)
  }

  private static func matrix(
    _ parameter: Parameter, _ buffer: UnsafeMutableBufferPointer<Scalar>
  ) -> Matrix<Scalar> {
    let end = parameter.offset + parameter.rows * parameter.columns
    guard end <= buffer.count, let start = buffer.baseAddress else {
      preconditionFailure("\(parameter) in a buffer of \(buffer.count)")
    }
    return unsafe Matrix(
      start + parameter.offset, rows: parameter.rows,
      columns: parameter.columns)
  }
}
