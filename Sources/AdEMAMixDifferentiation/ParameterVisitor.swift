//===--- ParameterVisitor.swift - sees parameters and gradients in pairs --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
public import _Differentiation

/// The receiver of a model's members, to which
/// ``ParameterizedModel/visitParameters(along:by:)`` shows them. Experimental.
///
/// Swift 6.3 has no `KeyPathIterable`, and mirrors cannot change a member. A
/// model therefore lists its members by calls, which the compiler checks.
///
///     visitor.visit("weight", &weight, gradient.weight, shape: [3, 4])
///     visitor.visit("scale", &scale, gradient.scale)  // a Float or Double
///     visitor.visit("hidden", &hidden, gradient.hidden)  // a model or array
public struct ParameterVisitor<Scalar: OptimizerScalar & Differentiable>
where Scalar.TangentVector == Scalar {
  /// The use that the visitor makes of the model's tensors.
  enum Purpose {
    /// The tensors stay in the model.
    case read
    /// The visitor takes the tensors out of the model, so that it owns them
    /// alone.
    case take
    /// The tensors of the visitor replace those of the model.
    case replace
  }

  let purpose: Purpose
  /// The names and shapes of the tensors seen so far.
  var tensors: [TensorSpec] = []
  /// The elements of each tensor.
  var parameters: [[Scalar]] = []
  /// The gradient by the elements of each tensor.
  var gradients: [[Scalar]] = []
  /// The error of the first array of models with a gradient of another count.
  var mismatch: AdEMAMixError?
  /// The name of the nested model that is being visited, with a point behind
  /// it.
  private var path = ""
  private var replacedCount = 0

  init(_ purpose: Purpose) {
    self.purpose = purpose
  }

  /// Replaces an empty gradient with the zeros that it stands for.
  mutating func fillGradient(_ index: Int) {
    if gradients[index].isEmpty {
      gradients[index] = zeros(parameters[index].count)
    }
  }

  /// Traps if the model did not take back all tensors: the others would be
  /// lost.
  func requireAllReplaced() {
    precondition(
      replacedCount == parameters.count,
      "a model must show the same tensors at each visit: \(parameters.count), "
        + "not \(replacedCount)")
  }

  /// Shows a tensor and its gradient.
  ///
  /// - Parameters:
  ///   - name: A name that no other member of this model has.
  ///   - parameters: The elements.
  ///   - gradient: The gradient by the elements, or an empty array for zeros.
  ///   - shape: The sizes of the dimensions, which checkpoints keep. `nil` is
  ///     one dimension.
  public mutating func visit(
    _ name: String, _ parameters: inout [Scalar], _ gradient: [Scalar],
    shape: [Int]? = nil
  ) {
    guard purpose != .replace else {
      precondition(
        replacedCount < self.parameters.count,
        "a model must show the same tensors at each visit, not also '\(name)'")
      swap(&parameters, &self.parameters[replacedCount])
      replacedCount += 1
      return
    }
    tensors.append(
      TensorSpec(path + name, shape: shape ?? [parameters.count]))
    self.parameters.append(parameters)
    gradients.append(gradient)
    if purpose == .take { parameters = [] }
  }

  /// Shows a tensor and its gradient, of the type that Swift synthesizes for
  /// the gradient by an array.
  ///
  /// - Parameters:
  ///   - name: A name that no other member of this model has.
  ///   - parameters: The elements.
  ///   - gradient: The gradient by the elements, which is empty for zeros.
  ///   - shape: The sizes of the dimensions, which checkpoints keep. `nil` is
  ///     one dimension.
  public mutating func visit(
    _ name: String, _ parameters: inout [Scalar],
    _ gradient: [Scalar].TangentVector, shape: [Int]? = nil
  ) {
    visit(name, &parameters, gradient.base, shape: shape)
  }

  /// Shows a single number, as a tensor without dimensions.
  ///
  /// - Parameters:
  ///   - name: A name that no other member of this model has.
  ///   - parameter: The number.
  ///   - gradient: The derivative by the number.
  public mutating func visit(
    _ name: String, _ parameter: inout Scalar, _ gradient: Scalar
  ) {
    var elements = [parameter]
    visit(name, &elements, [gradient], shape: [])
    if let element = elements.first { parameter = element }
  }

  /// Shows a nested model. Its tensors get names that begin with "name.".
  ///
  /// - Parameters:
  ///   - name: A name that no other member of this model has.
  ///   - model: The nested model.
  ///   - gradient: The gradient by the nested model.
  public mutating func visit<Model: ParameterizedModel>(
    _ name: String, _ model: inout Model, _ gradient: Model.TangentVector
  ) where Model.Scalar == Scalar {
    let outer = path
    path += "\(name)."
    model.visitParameters(along: gradient, by: &self)
    path = outer
  }

  /// Shows an array of models. The tensors of the first model get names that
  /// begin with "name.0.", those of the second with "name.1.", and so on.
  ///
  /// - Parameters:
  ///   - name: A name that no other member of this model has.
  ///   - models: The models.
  ///   - gradient: The gradient by each model, or an empty array for zeros.
  public mutating func visit<Model: ParameterizedModel>(
    _ name: String, _ models: inout [Model], _ gradient: [Model].TangentVector
  ) where Model.Scalar == Scalar {
    let gradients = gradient.base
    if !gradients.isEmpty, gradients.count != models.count, mismatch == nil {
      mismatch = .tensorGradientCount(
        gradients.count, expected: models.count, tensor: path + name)
    }
    for index in models.indices {
      visit(
        "\(name).\(index)", &models[index],
        index < gradients.count ? gradients[index] : .zero)
    }
  }
}

/// A gradient of zeros. Without specialization each element would be set by a
/// call.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func zeros<Scalar: OptimizerScalar>(_ count: Int) -> [Scalar] {
  Array(repeating: 0, count: count)
}
