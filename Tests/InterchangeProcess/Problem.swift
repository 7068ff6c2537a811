//===--- Problem.swift - gradients that Python computes bit for bit too ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix
package import SafeTensors

/// A quadratic whose minimum moves from step to step, so that gradients change
/// their signs:
///
///     gradient = curvature · (parameter - target[step mod rows])
///
/// The file of a problem has tensors `curvature/NAME`, shaped like the
/// parameter, and `target/NAME`, whose first dimension counts the rows.
package struct Problem<Scalar: OptimizerScalar> {
  /// The curvatures, tensor by tensor in the order of a layout.
  private var curvatures: [[Scalar]] = []
  private var targets: [[Scalar]] = []

  /// Reads the problem of a layout's tensors.
  package init(
    path: String, _ layout: ParameterLayout
  ) throws(SafeTensorsError) {
    let file = try SafeTensorsReader(path: path)
    func elements(_ name: String) throws(SafeTensorsError) -> [Scalar] {
      guard let tensor = file.tensor(name) else {
        throw .fault(.missingTensor(name), path: path)
      }
      var elements = [Scalar](
        repeating: 0,
        count: try tensor.byteCount() / MemoryLayout<Scalar>.stride)
      var span = elements.mutableSpan
      try unsafe file.read(name, into: span.mutableBytes)
      return elements
    }
    for tensor in layout.tensors {
      try curvatures.append(elements("curvature/\(tensor.name)"))
      try targets.append(elements("target/\(tensor.name)"))
    }
  }

  /// The gradients of all parameters, in the order of the layout.
  package func gradients(of parameters: [Scalar], step: Int) -> [Scalar] {
    var gradients: [Scalar] = []
    gradients.reserveCapacity(parameters.count)
    for (curvature, target) in zip(curvatures, targets)
    where !curvature.isEmpty {
      let row = step % (target.count / curvature.count) * curvature.count
      for index in curvature.indices {
        let distance = parameters[gradients.count] - target[row + index]
        gradients.append(curvature[index] * distance)
      }
    }
    return gradients
  }
}
