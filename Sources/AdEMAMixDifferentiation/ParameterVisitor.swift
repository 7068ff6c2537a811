//===--- ParameterVisitor.swift - sees parameters and gradients in pairs --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
public import _Differentiation

/// What ``ParameterizedModel/visitParameters(along:by:)`` shows a model's members
/// to. Experimental.
///
/// Swift 6.3 has no `KeyPathIterable`, and mirrors see values only: a model is
/// walked through by calls that the compiler checks.
///
///     visitor.visit("weight", &weight, gradient.weight, shape: [rows, columns])
///     visitor.visit("scale", &scale, gradient.scale)      // a Float or Double
///     visitor.visit("hidden", &hidden, gradient.hidden)   // a model, or an array
public struct ParameterVisitor<Scalar: OptimizerScalar & Differentiable>
where Scalar.TangentVector == Scalar {
  /// What becomes of the tensors of the model.
  enum Purpose {
    /// They stay where they are.
    case read
    /// The visitor takes them, so that it owns them alone.
    case take
    /// They become those that the visitor has.
    case replace
  }

  let purpose: Purpose
  /// What was seen so far.
  var tensors: [NamedTensor] = []
  var parameters: [[Scalar]] = []
  var gradients: [[Scalar]] = []
  /// The first array of models whose gradient has another count.
  var mismatch: AdEMAMixError?
  /// The names of the models that are being visited.
  private var path = ""
  private var replacedCount = 0

  init(_ purpose: Purpose) {
    self.purpose = purpose
  }

  /// Writes out the zeros that an empty gradient stands for.
  mutating func fillGradient(_ index: Int) {
    if gradients[index].isEmpty {
      gradients[index] = zeros(parameters[index].count)
    }
  }

  /// Traps where a tensor found no place: it would be lost.
  func requireAllReplaced() {
    precondition(
      replacedCount == parameters.count,
      "a model must show the same tensors at each visit: \(parameters.count), "
        + "not \(replacedCount)")
  }

  /// Shows a tensor, and a gradient that is empty or has the same count.
  ///
  /// - Parameters:
  ///   - name: A name that no other member of this model has.
  ///   - parameters: The elements.
  ///   - gradient: For instance that of a type that is its own `TangentVector`.
  ///   - shape: The sizes of the dimensions, which checkpoints keep. `nil` is one
  ///     dimension.
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
      NamedTensor(path + name, shape: shape ?? [parameters.count]))
    self.parameters.append(parameters)
    gradients.append(gradient)
    if purpose == .take { parameters = [] }
  }

  /// Shows a tensor, and its gradient as Swift synthesizes it.
  ///
  /// Like the gradient in an array otherwise.
  public mutating func visit(
    _ name: String, _ parameters: inout [Scalar],
    _ gradient: [Scalar].TangentVector, shape: [Int]? = nil
  ) {
    visit(name, &parameters, gradient.base, shape: shape)
  }

  /// Shows a single number: a tensor without dimensions.
  ///
  /// - Parameters:
  ///   - name: A name that no other member of this model has.
  ///   - parameter: The number.
  ///   - gradient: The derivative by it.
  public mutating func visit(
    _ name: String, _ parameter: inout Scalar, _ gradient: Scalar
  ) {
    var elements = [parameter]
    visit(name, &elements, [gradient], shape: [])
    if let element = elements.first { parameter = element }
  }

  /// Shows a nested model. Its tensors are called "name.…".
  ///
  /// - Parameters:
  ///   - name: A name that no other member of this model has.
  ///   - model: The model.
  ///   - gradient: The gradient by it.
  public mutating func visit<Model: ParameterizedModel>(
    _ name: String, _ model: inout Model, _ gradient: Model.TangentVector
  ) where Model.Scalar == Scalar {
    let outer = path
    path += "\(name)."
    model.visitParameters(along: gradient, by: &self)
    path = outer
  }

  /// Shows an array of models. Their tensors are called "name.0.…", "name.1.…"
  /// and so on.
  ///
  /// - Parameters:
  ///   - name: A name that no other member of this model has.
  ///   - models: The models.
  ///   - gradient: The gradient by each of them, or an empty array for zeros.
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

/// Specialized, or each element would be set by a call.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func zeros<Scalar: OptimizerScalar>(_ count: Int) -> [Scalar] {
  Array(repeating: 0, count: count)
}
