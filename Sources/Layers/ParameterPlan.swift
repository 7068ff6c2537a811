//===--- ParameterPlan.swift - a model's parameters in one buffer ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// The parameters of a model, in the order in which its layers ask for them.
/// Each parameter is a tensor in one flat buffer, with the values that training
/// starts from.
package struct ParameterPlan: Sendable {
  /// The values that a parameter starts with.
  package enum Start: Sendable {
    case constant(Double)
    /// Normally distributed around 0.
    case normal(deviation: Double)
  }

  /// The tensors, one behind the other, of which an optimizer's layout is made.
  package private(set) var tensors: [TensorSpec] = []
  /// The number of elements in all tensors.
  package private(set) var count = 0
  private var starts: [Start] = []

  package init() {}

  /// Reserves a matrix or vector. The shape has one or two sizes.
  package mutating func parameter(
    _ name: String, shape: [Int], _ start: Start
  ) -> Parameter {
    precondition(shape.count == 1 || shape.count == 2)
    let tensor = TensorSpec(name, shape: shape)
    let columns = shape[shape.count - 1]
    let parameter = Parameter(
      offset: count, rows: tensor.count / columns, columns: columns)
    tensors.append(tensor)
    starts.append(start)
    count += tensor.count
    return parameter
  }

  /// The tensors in two groups of an optimizer: "decayed" has the matrices;
  /// "plain" has gains and biases, without weight decay. The moments of both
  /// groups are stored alike.
  ///
  /// - Parameters:
  ///   - hyperparameters: The hyperparameters of both groups.
  ///   - storage: The storage of the moments.
  ///   - change: Makes another group of the one that a tensor would have, or
  ///     leaves it as it is.
  /// - Returns: The layout, with the tensors in the order of the plan.
  /// - Throws: `AdEMAMixError` for hyperparameters out of range.
  package func layout(
    _ hyperparameters: Hyperparameters, storage: MomentStorage = .full,
    changing change: (TensorSpec, inout ParameterGroup) -> Void = { _, _ in }
  ) throws(AdEMAMixError) -> ParameterLayout {
    let decayed = ParameterGroup("decayed", hyperparameters, storage: storage)
    let plain = ParameterGroup(
      "plain", hyperparameters.with(\.weightDecay, 0), storage: storage)
    return try ParameterLayout(tensors) { tensor in
      var group = tensor.shape.count > 1 ? decayed : plain
      change(tensor, &group)
      return group
    }
  }

  /// The values that training starts from, which depend on the seed alone. They
  /// are the same values for every scalar type but for rounding.
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
