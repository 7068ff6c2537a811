//===--- LoadedRun.swift - a checkpoint with its parameters, going on -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix
package import AdEMAMixCheckpoints

/// An optimizer and its parameters, read from one file.
package struct LoadedRun<Scalar: OptimizerScalar>: ~Copyable {
  package var optimizer: AdEMAMix<Scalar>
  package var parameters: [Scalar]

  /// Reads a checkpoint that was saved with parameters.
  package init(
    _ path: String, engine: StepEngine? = nil
  ) throws(CheckpointError) {
    // Two variables, as an initializer that throws halfway must not hold one
    // noncopyable property.
    var optimizer = try Checkpoint<Scalar>(path).optimizer(engine: engine)
    var parameters = [Scalar](repeating: 0, count: optimizer.layout.count)
    try optimizer.load(from: path, parameters: &parameters)
    self.optimizer = optimizer
    self.parameters = parameters
  }

  /// Takes the steps of a problem that have these numbers.
  package mutating func takeSteps(
    _ steps: Range<Int>, of path: String
  ) throws {
    let problem = try Problem<Scalar>(path: path, optimizer.layout)
    for step in steps {
      let gradients = problem.gradients(of: parameters, step: step)
      try optimizer.step(&parameters, gradients: gradients)
    }
  }

  /// The state of each tensor, by name: orders of tensors differ between peers.
  package var tensors: [String: TensorState<Scalar>] {
    var states: [String: TensorState<Scalar>] = [:]
    let moments = optimizer.copyMoments()
    var starts = moments.map { _ in 0 }
    for tensor in optimizer.layout.tensors {
      let start = starts[tensor.group]
      let range = start..<(start + tensor.range.count)
      starts[tensor.group] = range.upperBound
      func part(_ moment: [Scalar]) -> [Scalar] {
        moment.isEmpty ? [] : Array(moment[range])
      }
      let group = moments[tensor.group]
      states[tensor.name] = TensorState(
        parameters: Array(parameters[tensor.range]), fast: part(group.fast),
        slow: part(group.slow), second: part(group.second))
    }
    return states
  }
}

/// The parameters and moments of one tensor.
package struct TensorState<Scalar: OptimizerScalar> {
  package var parameters: [Scalar]
  package var fast: [Scalar]
  package var slow: [Scalar]
  package var second: [Scalar]

  /// The parameters and all moments, in one order.
  package var quantities: [(name: String, elements: [Scalar])] {
    [
      ("parameters", parameters), ("fast", fast), ("slow", slow),
      ("second", second),
    ]
  }

  /// Whether all elements have the same bits.
  package func isIdentical(to other: TensorState) -> Bool {
    zip(quantities, other.quantities).allSatisfy { mine, others in
      mine.elements.count == others.elements.count
        && zip(mine.elements, others.elements).allSatisfy {
          Double($0).bitPattern == Double($1).bitPattern
        }
    }
  }
}
