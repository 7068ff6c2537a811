//===--- TreeForm.swift - parameters as ranks have them -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI

/// The form in which a rank hands over parameters and gradients.
enum TreeForm {
  /// An array each, whose gradients become sums.
  case inPlace
  /// An array each, whose gradients are only read.
  case flat
  /// A span each.
  case spans
  /// An array for each tensor.
  case arrays
  /// A buffer for each tensor.
  case buffers
  /// A struct that has a name for each tensor.
  case named
  /// Another form on each rank.
  case byRank

  /// Makes a step in this form.
  func step<Scalar>(
    _ optimizer: inout DistributedAdEMAMix<Scalar>,
    _ parameters: inout [Scalar], _ gradients: inout [Scalar],
    gradientScale: Double, diagnostics: Bool
  ) throws(DistributedError) -> StepReport {
    let layout = optimizer.layout
    let before = gradients
    switch self {
    case .inPlace:
      return try optimizer.step(
        &parameters, gradients: &gradients, gradientScale: gradientScale,
        diagnostics: diagnostics)
    case .flat:
      return try optimizer.step(
        &parameters, gradients: before, gradientScale: gradientScale,
        diagnostics: diagnostics)
    case .spans:
      return try optimizer.step(
        parameters.mutableSpan, gradients: before.span,
        gradientScale: gradientScale, diagnostics: diagnostics)
    case .arrays:
      var tensors = layout.split(parameters)
      defer { parameters = Array(tensors.joined()) }
      return try optimizer.step(
        &tensors, gradients: layout.split(gradients),
        gradientScale: gradientScale, diagnostics: diagnostics)
    case .buffers:
      return try unsafe parameters.withUnsafeMutableBufferPointer {
        (parameters) throws(DistributedError) in
        try unsafe gradients.withUnsafeMutableBufferPointer {
          (gradients) throws(DistributedError) in
          var tensors = unsafe layout.tensors.map {
            unsafe UnsafeMutableBufferPointer(rebasing: parameters[$0.range])
          }
          let gradients = unsafe layout.tensors.map {
            unsafe UnsafeBufferPointer(rebasing: gradients[$0.range])
          }
          return try unsafe optimizer.step(
            &tensors, gradients: gradients, gradientScale: gradientScale,
            diagnostics: diagnostics)
        }
      }
    case .named:
      var tensors = NamedTensors(layout, parameters)
      defer { parameters = Array(tensors.elements.joined()) }
      return try optimizer.step(
        &tensors, gradients: NamedTensors(layout, gradients),
        gradientScale: gradientScale, diagnostics: diagnostics)
    case .byRank:
      return try Self.form(ofRank: optimizer.rank).step(
        &optimizer, &parameters, &gradients, gradientScale: gradientScale,
        diagnostics: diagnostics)
    }
  }

  /// Completes a step in this form.
  func completeStep<Scalar>(
    _ optimizer: inout DistributedAdEMAMix<Scalar>,
    _ parameters: inout [Scalar], diagnostics: Bool
  ) throws(DistributedError) -> StepReport {
    switch self {
    case .inPlace, .flat:
      return try optimizer.completeStep(&parameters, diagnostics: diagnostics)
    case .spans:
      return try optimizer.completeStep(
        parameters.mutableSpan, diagnostics: diagnostics)
    case .arrays, .buffers, .named:
      var tensors = NamedTensors(optimizer.layout, parameters)
      defer { parameters = Array(tensors.elements.joined()) }
      return try optimizer.completeStep(&tensors, diagnostics: diagnostics)
    case .byRank:
      return try Self.form(ofRank: optimizer.rank).completeStep(
        &optimizer, &parameters, diagnostics: diagnostics)
    }
  }

  private static func form(ofRank rank: Int) -> TreeForm {
    [.arrays, .inPlace, .buffers, .named][rank % 4]
  }
}

/// A tree with a name for each tensor.
struct NamedTensors<Scalar: TensorElement>: TensorTree {
  var names: [String]
  var elements: [[Scalar]]

  init(_ layout: ParameterLayout, _ all: [Scalar]) {
    names = layout.tensors.map(\.name)
    elements = layout.split(all)
  }

  mutating func visitTensors(_ visitor: inout TensorVisitor<Scalar>) {
    for index in names.indices { visitor.visit(names[index], &elements[index]) }
  }
}

extension ParameterLayout {
  /// The elements of each tensor.
  func split<Element>(_ all: [Element]) -> [[Element]] {
    tensors.map { Array(all[$0.range]) }
  }
}

#endif
