//===--- LayerGradientTests.swift - each layer on its way back ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Layers
import Testing

@Suite struct `The gradient of a layer agrees with finite differences` {
  @Test(arguments: [false, true])
  func `for a linear map`(adding: Bool) {
    var plan = ParameterPlan()
    let layer = Linear("map", inputs: 4, outputs: 3, in: &plan)
    check(plan, inputs: [5, 4], outputs: [5, 3]) { x, y, memory in
      y.fill(0.5)
      layer.forward(x, into: y, adding: adding, memory)
    } backward: { x, dy, dx, memory in
      layer.backward(dy, x: x, into: dx, memory)
    }
  }

  @Test func `for an RMS norm`() {
    var plan = ParameterPlan()
    let layer = RMSNorm("norm", size: 6, in: &plan)
    var kept: RMSNorm.Kept<Double>?
    let arena = Arena<Double>(for: &kept) {
      RMSNorm.Kept(rows: 3, columns: 6, in: &$0)
    }
    guard let kept else { return }
    check(plan, inputs: [3, 6], outputs: [3, 6]) { x, y, memory in
      layer.forward(x, into: y, keeping: kept, memory)
    } backward: { _, dy, dx, memory in
      dx.fill(0)
      layer.backward(dy, kept: kept, addingTo: dx, memory)
    }
    withExtendedLifetime(arena) {}
  }

  @Test func `for GELU`() {
    check(ParameterPlan(), inputs: [4, 5], outputs: [4, 5]) { x, y, _ in
      GELU.forward(x, into: y)
    } backward: { x, dy, dx, _ in
      GELU.backward(dy, x: x)
      dx.values = dy.values
    }
  }

  @Test func `for causal attention of several heads and sequences`() {
    let layer = CausalAttention(heads: 2, length: 3)
    var kept: (weights: Matrix<Double>, scratch: Matrix<Double>)?
    let arena = Arena<Double>(for: &kept) {
      ($0.matrix(layer.weightRows(sequences: 2), 3), $0.matrix(3, 3))
    }
    guard let kept else { return }
    check(ParameterPlan(), inputs: [6, 12], outputs: [6, 4]) { x, y, _ in
      layer.forward(x, keeping: kept.weights, into: y)
    } backward: { x, dy, dx, _ in
      layer.backward(
        dy, x, weights: kept.weights, scratch: kept.scratch, into: dx)
    }
    withExtendedLifetime(arena) {}
  }

  @Test func `for an embedding, whose rows occur more than once`() {
    var plan = ParameterPlan()
    let layer = Embedding("table", count: 4, size: 3, deviation: 1, in: &plan)
    let indices: [Int32] = [2, 0, 2, 3, 2]
    // Rows that do not occur have a gradient of 0.
    check(plan, inputs: [0, 3], outputs: [5, 3]) { _, y, memory in
      layer.forward(indices, into: y, memory)
    } backward: { _, dy, _, memory in
      layer.backward(dy, indices, memory)
    }
  }

  @Test func `for the cross entropy`() {
    let classes: [Int32] = [0, 3, 1, 3]
    expectGradient(at: normal(16, stream: 0)) { point in
      var view: Matrix<Double>?
      let arena = Arena<Double>(for: &view) { $0.matrix(4, 4) }
      guard let view else { return (0, []) }
      view.values = point
      let loss = CrossEntropy.lossAndGradient(view, classes: classes)
      let gradient = view.values
      withExtendedLifetime(arena) {}
      return (loss, gradient)
    }
  }

  private typealias View = Matrix<Double>
  private typealias Memory = ParameterMemory<Double>

  /// Checks the gradients by parameters and inputs together, of a weighted sum
  /// of the outputs.
  private func check(
    _ plan: ParameterPlan, inputs: [Int], outputs: [Int],
    sourceLocation: SourceLocation = #_sourceLocation,
    forward: (View, View, Memory) -> Void,
    backward: (_ x: View, _ dy: View, _ dx: View, Memory) -> Void
  ) {
    var views: (x: View, y: View, dx: View, dy: View)?
    let arena = Arena<Double>(for: &views) {
      (
        $0.matrix(inputs[0], inputs[1]), $0.matrix(outputs[0], outputs[1]),
        $0.matrix(inputs[0], inputs[1]), $0.matrix(outputs[0], outputs[1])
      )
    }
    guard let views else { return }
    let point = normal(plan.count + inputs[0] * inputs[1], stream: 0)
    expectGradient(at: point, sourceLocation: sourceLocation) { point in
      let parameters = Array(point[..<plan.count])
      // Gradients are added to what is there.
      var gradients = [Double](repeating: 1, count: plan.count)
      views.x.values = Array(point[plan.count...])
      let loss = unsafe parameters.withUnsafeBufferPointer { values in
        unsafe gradients.withUnsafeMutableBufferPointer { gradients in
          let memory = unsafe Memory(values: values, gradients: gradients)
          forward(views.x, views.y, memory)
          let (loss, weights) = weightedSum(views.y.values)
          views.dy.values = weights
          backward(views.x, views.dy, views.dx, memory)
          return loss
        }
      }
      return (loss, gradients.map { $0 - 1 } + views.dx.values)
    }
    withExtendedLifetime(arena) {}
  }
}
