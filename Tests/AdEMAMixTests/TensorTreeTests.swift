//===--- TensorTreeTests.swift - models as programs write them ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import CAllocationCounter
import TestSupport
import Testing

/// A layer that names its tensors.
private struct Layer: TensorTree, Equatable {
  var weight: [Float]
  var bias: [Float]

  init(seed: Int) {
    weight = sample(700, seed)
    bias = sample(3, seed + 1)
  }

  mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
    visitor.visit("weight", &weight, shape: [7, 100])
    visitor.visit("bias", &bias)
  }
}

/// An embedding that is one tensor.
private struct Table: TensorTree, Equatable {
  var rows: [Float]

  mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
    visitor.visit(&rows, shape: [5, 10])
  }
}

/// A model of nested models, an optional part and a number.
private struct Model: TensorTree, Equatable {
  var table: Table
  var layers: [Layer]
  var head: Layer?
  var temperature: Float

  init(seed: Int, hasHead: Bool = true) {
    table = Table(rows: sample(50, seed))
    layers = (1...3).map { Layer(seed: seed + 10 * $0) }
    head = hasHead ? Layer(seed: seed + 100) : nil
    temperature = 1 / Float(seed + 1)
  }

  mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
    visitor.visit("table", &table)
    visitor.visit("layers", &layers)
    visitor.visit("head", &head)
    visitor.visit("temperature", &temperature)
  }

  /// The arrays of all tensors.
  var arrays: [[Float]] {
    [table.rows] + layers.flatMap { [$0.weight, $0.bias] }
      + (head.map { [$0.weight, $0.bias] } ?? []) + [[temperature]]
  }

  /// The addresses of the large tensors.
  var addresses: [UInt] {
    ([table.rows] + layers.map(\.weight)).map {
      unsafe $0.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
    }
  }
}

private let hyperparameters = Hyperparameters(
  learningRate: 0.01, weightDecay: 0.1)

private func makeOptimizer(
  _ model: Model, engine: StepEngine? = nil
) throws -> AdEMAMix<Float> {
  let decayed = ParameterGroup("decayed", hyperparameters)
  let plain = ParameterGroup("plain", hyperparameters.with(\.weightDecay, 0))
  return try AdEMAMix(
    ParameterLayout(TensorSpec.all(in: model)) {
      $0.name.hasSuffix("weight") ? decayed : plain
    }, engine: engine, threads: 2)
}

@Suite struct `A model that is a struct` {
  @Test func `has the names and shapes that it shows`() {
    let specs = TensorSpec.all(in: Model(seed: 0))
    #expect(
      specs.map(\.name) == [
        "table", "layers.0.weight", "layers.0.bias", "layers.1.weight",
        "layers.1.bias", "layers.2.weight", "layers.2.bias", "head.weight",
        "head.bias", "temperature",
      ])
    #expect(specs[0].shape == [5, 10])
    #expect(specs[1].shape == [7, 100])
    #expect(specs[2].shape == [3])
    #expect(specs[9].shape == [])
    #expect(
      TensorSpec.all(in: Model(seed: 0, hasHead: false)).map(\.name)
        == specs.map(\.name).filter { !$0.hasPrefix("head") })
    #expect(
      TensorSpec.all(in: [[1, 2], []] as [[Float]])
        == [TensorSpec("0", count: 2), TensorSpec("1", count: 0)])
  }

  @Test(arguments: [true, false])
  func `is stepped with the bits of its arrays`(hasHead: Bool) throws {
    var model = Model(seed: 0, hasHead: hasHead)
    var arrays = model.arrays
    var optimizer = try makeOptimizer(model)
    var other = try optimizer.copy()
    var options = StepOptions()
    options.clipping = .globalNorm(0.5)
    options.isCautious = true
    options.accumulation = .mean(over: 2)
    optimizer.options = options
    other.options = options
    for step in 1..<10 {
      let gradient = Model(seed: 1_000 * step, hasHead: hasHead)
      // A gradient may be of another type than the parameters.
      if step.isMultiple(of: 3) {
        try optimizer.step(&model, gradients: gradient.arrays)
      } else {
        try optimizer.step(&model, gradients: gradient)
      }
      try other.step(&arrays, gradients: gradient.arrays)
    }
    try optimizer.completeStep(&model)
    try other.completeStep(&arrays)
    #expect(optimizer.stepCount == 5)
    #expect(model.arrays == arrays)
    #expect(optimizer.copyMoments() == other.copyMoments())

    try optimizer.writeUpdate(
      into: &model, gradients: Model(seed: 7, hasHead: hasHead))
    try other.writeUpdate(
      into: &arrays, gradients: Model(seed: 7, hasHead: hasHead).arrays)
    #expect(model.arrays == arrays)
  }

  @Test func `stays where it is`() throws {
    var model = Model(seed: 0)
    var optimizer = try makeOptimizer(model)
    let addresses = model.addresses
    for step in 1..<4 {
      try optimizer.step(&model, gradients: Model(seed: step))
    }
    #expect(model.addresses == addresses)
  }

  @Test(.enabled(if: canCountAllocations))
  func `is stepped without an allocation after the first`() throws {
    var model = Model(seed: 0)
    let gradient = Model(seed: 5)
    var optimizer = try makeOptimizer(model, engine: .fused)
    optimizer.threadCount = 1
    try optimizer.step(&model, gradients: gradient)
    let before = allocation_count()
    try optimizer.step(&model, gradients: gradient)
    #expect(allocation_count() - before == 0)
  }

  @Test func `is averaged like its arrays`() throws {
    var model = Model(seed: 0)
    var average = try ParameterAverage<Float>(of: model, decay: 0.5)
    var other = try ParameterAverage<Float>(of: model.arrays, decay: 0.5)
    let later = Model(seed: 3)
    try average.update(with: later)
    try other.update(with: later.arrays)
    #expect(try average.values() == other.values())
    var arrays = model.arrays
    try average.swap(with: &model)
    try other.swap(with: &arrays)
    #expect(model.arrays == arrays)
    try average.swap(with: &model)
    #expect(model == Model(seed: 0))
  }

  @Test func `is rounded into a struct of another kind`() throws {
    var model = Model(seed: 0)
    var optimizer = try makeOptimizer(model)
    let gradients = model.arrays.map { $0.map { BFloat16($0) } }
    var copy = gradients.map { $0.map { _ in BFloat16(0) } }
    try optimizer.step(&model, gradients: gradients, bfloat16Copy: &copy)
    let expected = model.arrays.map { $0.map { BFloat16($0) } }
    #expect(copy == expected)
    copy[0][0] = BFloat16(3)
    try optimizer.round(model, into: &copy)
    #expect(copy == expected)
  }

  @Test func `with other names than the layout is refused, and unchanged`()
    throws
  {
    /// The same shapes in another order.
    struct Twins: TensorTree, Equatable {
      var first: [Float] = [1, 2]
      var second: [Float] = [3, 4]
      var isSwapped: Bool

      init(isSwapped: Bool) { self.isSwapped = isSwapped }

      mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
        visitor.visit(isSwapped ? "second" : "first", &first)
        visitor.visit(isSwapped ? "first" : "second", &second)
      }

      static func == (left: Twins, right: Twins) -> Bool {
        left.first == right.first && left.second == right.second
      }
    }
    let right = Twins(isSwapped: false)
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup(
        "all", tensors: TensorSpec.all(in: right), hyperparameters)
    ])
    var wrong = Twins(isSwapped: true)
    #expect(throws: AdEMAMixError.tensorName("second")) {
      try optimizer.step(&wrong, gradients: right)
    }
    #expect(throws: AdEMAMixError.tensorName("second")) {
      var model = right
      try optimizer.step(&model, gradients: wrong)
    }
    #expect(wrong == right)
    #expect(optimizer.stepCount == 0)
    // A tree without names is taken as it is.
    var arrays: [[Float]] = [[1, 2], [3, 4]]
    try optimizer.step(&arrays, gradients: right)
    #expect(optimizer.stepCount == 1)
  }

  @Test func `is whole after an error`() throws {
    var model = Model(seed: 0)
    var optimizer = try makeOptimizer(model)
    #expect(
      throws: AdEMAMixError.tensorCount(8, expected: 10)
    ) {
      try optimizer.step(
        &model, gradients: Model(seed: 1, hasHead: false).arrays)
    }
    var gradient = Model(seed: 1)
    gradient.layers[1].bias = [1]
    #expect(
      throws: AdEMAMixError.tensorGradientCount(
        1, expected: 3, tensor: "layers.1.bias")
    ) { try optimizer.step(&model, gradients: gradient) }
    gradient = Model(seed: 1)
    gradient.layers[2].weight[5] = .nan
    optimizer.options.nonFiniteGradients = .throw
    let error = #expect(throws: AdEMAMixError.self) {
      try optimizer.step(&model, gradients: gradient)
    }
    #expect(error?.tensor == "layers.2.weight")
    #expect(model == Model(seed: 0))
    #expect(optimizer.stepCount == 0)
  }
}

@Suite struct `A tree of buffers` {
  @Test func `may stand beside a tree of arrays`() throws {
    var model = Model(seed: 0)
    var arrays = model.arrays
    var optimizer = try makeOptimizer(model)
    var other = try optimizer.copy()
    var flat = Array(Model(seed: 4).arrays.joined())
    let sizes = arrays.map(\.count)
    try unsafe flat.withTensors(of: sizes) { gradients in
      _ = try unsafe optimizer.step(&model, gradients: gradients)
    }
    try other.step(&arrays, gradients: Model(seed: 4).arrays)
    #expect(model.arrays == arrays)

    // And the other way round, with one buffer of all.
    flat = Array(arrays.joined())
    let gradients = Array(Model(seed: 5).arrays.joined())
    try unsafe flat.withUnsafeMutableBufferPointer {
      _ = try unsafe optimizer.step(&$0, gradients: gradients)
    }
    try other.step(&arrays, gradients: Model(seed: 5).arrays)
    #expect(flat == Array(arrays.joined()))
  }

  @Test func `that only reads is refused where a call writes`() throws {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("w", sizes: [2, 1], hyperparameters)
    ])
    let values: [Float] = [1, 2, 3]
    let narrow = values.map { BFloat16($0) }
    var parameters = values
    try unsafe values.withUnsafeBufferPointer { values in
      var flat = unsafe values
      #expect(throws: AdEMAMixError.readOnlyMemory(tensor: nil)) {
        try unsafe optimizer.step(&flat, gradients: values)
      }
      var tensors = unsafe [
        UnsafeBufferPointer(rebasing: values[..<2]),
        UnsafeBufferPointer(rebasing: values[2...]),
      ]
      #expect(throws: AdEMAMixError.readOnlyMemory(tensor: "w.0")) {
        try unsafe optimizer.writeUpdate(into: &tensors, gradients: tensors)
      }
      try unsafe optimizer.step(&parameters, gradients: values)
    }
    unsafe narrow.withUnsafeBufferPointer { narrow in
      var copy = unsafe narrow
      #expect(throws: AdEMAMixError.readOnlyMemory(tensor: nil)) {
        try unsafe optimizer.round(values, into: &copy)
      }
    }
    #expect(values == [1, 2, 3])
    #expect(optimizer.stepCount == 1)
  }

  @Test func `of another kind than the parameters is refused`() throws {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("w", sizes: [2, 1], hyperparameters)
    ])
    var flat: [Float] = [1, 2, 3]
    var arrays: [[Float]] = [[1, 2], [3]]
    #expect(throws: AdEMAMixError.tensorCount(2, expected: 1)) {
      try optimizer.step(&flat, gradients: arrays)
    }
    #expect(throws: AdEMAMixError.tensorCount(1, expected: 2)) {
      try optimizer.step(&arrays, gradients: flat)
    }
    #expect(flat == [1, 2, 3] && arrays == [[1, 2], [3]])
  }
}

@Suite struct `A tree that shows other tensors at its second visit` {
  /// A tree that forgets a tensor once it has shown all.
  private struct Forgetful: TensorTree {
    var first: [Float] = [1, 2]
    var second: [Float] = [3]
    var visits = 0

    mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
      visits += 1
      visitor.visit("first", &first)
      if visits < 2 { visitor.visit("second", &second) }
    }
  }

  @Test func `ends the program before it loses one`() async {
    await #expect(processExitsWith: .failure) {
      var optimizer = try AdEMAMix<Float>([
        ParameterGroup(
          "all",
          tensors: [
            TensorSpec("first", count: 2), TensorSpec("second", count: 1),
          ], Hyperparameters(learningRate: 0.1))
      ])
      var tree = Forgetful()
      try optimizer.step(&tree, gradients: [[1, 2], [3]] as [[Float]])
    }
  }
}
