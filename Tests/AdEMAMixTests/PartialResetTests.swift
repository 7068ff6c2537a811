//===--- PartialResetTests.swift - moments of some elements set to 0 ------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

private let sets: [MomentSet] = [.slow, .all, [.fast, .second], .second, []]

private let storages: [MomentStorage] = [
  .full, .compact, .minimal,
  MomentStorage(fast: .bfloat16, slow: .bfloat16, second: .bfloat16),
  MomentStorage(fast: .blockInt16, slow: .blockInt16, second: .blockInt16),
]

/// A table of 40 rows of 20, and 30 biases in a group without a fast moment.
private func layout(_ storage: MomentStorage = .full) throws -> ParameterLayout
{
  let hyperparameters = Hyperparameters(
    learningRate: .linear(from: 0.01, to: 0.001, over: 30), beta3: 0.99,
    alpha: 3, weightDecay: 0.1)
  return try ParameterLayout([
    ParameterGroup(
      "a",
      tensors: [
        TensorSpec("head", shape: [7]), TensorSpec("table", shape: [40, 20]),
      ], hyperparameters, storage: storage),
    ParameterGroup(
      "b", tensors: [TensorSpec("bias", shape: [30])],
      hyperparameters.with(\.beta1, 0), storage: storage),
  ])
}

private func gradient(_ step: Int, _ count: Int) -> [Double] {
  sample(count, step + 1)
}

@Suite struct `Moments of some elements, reset` {
  @Test(arguments: StepEngine.allCases, sets)
  func `go on as the equations do from rows of 0`(
    engine: StepEngine, moments: MomentSet
  ) throws {
    let layout = try layout()
    let count = layout.count
    var parameters = gradient(-1, count)
    var plain = PlainOptimizer(layout, parameters)
    var optimizer = try AdEMAMix<Double>(layout, engine: engine)
    for step in 0..<30 {
      if step == 12 || step == 20 {
        // Rows 3 and 4 of the table, then all biases.
        let range = step == 12 ? 7 + 60..<7 + 100 : 807..<837
        for element in range {
          if moments.contains(.fast) { plain.fast[element] = 0 }
          if moments.contains(.slow) { plain.slow[element] = 0 }
          if moments.contains(.second) { plain.second[element] = 0 }
        }
        if step == 12 {
          try optimizer.resetMoments(moments, of: "table", elements: 60..<100)
        } else {
          try optimizer.resetMoments(moments, of: "bias")
        }
      }
      let gradient = gradient(step, count)
      try optimizer.step(&parameters, gradients: gradient)
      _ = try plain.step(gradient)
      expectClose(parameters, plain.parameters, tolerance: 1e-11)
    }
    #expect(optimizer.copyMoments().map(\.stepCounts) == plain.counts)
  }

  @Test(arguments: storages, sets)
  func `become zero bytes, and all other bytes stay`(
    storage: MomentStorage, moments: MomentSet
  ) throws {
    let layout = try layout(storage)
    var parameters = gradient(-1, layout.count).map { Float($0) }
    var optimizer = try AdEMAMix<Float>(layout, engine: .fused)
    for step in 0..<5 {
      var gradient = gradient(step, layout.count).map { Float($0) }
      // An element of the range, and one of the same block outside.
      if step == 4 { (gradient[7 + 300], gradient[7 + 270]) = (.nan, .nan) }
      try optimizer.step(&parameters, gradients: gradient)
    }
    let before = contents(of: optimizer)
    // A range across the border of two blocks.
    try optimizer.resetMoments(moments, of: "table", elements: 280..<540)
    let after = contents(of: optimizer)
    for (old, new) in zip(before, after) {
      let name = old.buffer
      let isReset =
        old.tensor == 1
        && (name == .fast && moments.contains(.fast)
          || name == .slow && moments.contains(.slow)
          || name == .second && moments.contains(.second))
      var expected = old.bytes
      if isReset {
        let stride = old.bytes.count / 800
        for byte in 280 * stride..<540 * stride { expected[byte] = 0 }
      }
      let isEqual = new.bytes == expected
      #expect(isEqual, "\(name) of tensor \(old.tensor)")
    }
    // Element 270 of the table is still NaN, and 300 no longer.
    let values = optimizer.copyMoments()[0]
    for (moment, elements) in [
      (MomentSet.fast, values.fast), (.slow, values.slow),
      (.second, values.second),
    ] {
      #expect(elements[7 + 270].isNaN)
      #expect(elements[7 + 300].isNaN == !moments.contains(moment))
      if moments.contains(moment) {
        #expect(elements[7 + 280..<7 + 540].allSatisfy { $0 == 0 })
      }
    }
    try optimizer.step(
      &parameters, gradients: gradient(9, layout.count).map { Float($0) })
  }

  @Test(arguments: [1, 2, 3, 7])
  func `are those of the shards that have them`(count: Int) throws {
    let layout = try layout(.compact)
    func trained(
      _ shard: Range<Int>
    ) throws -> (parameters: [Float], moments: [GroupMoments<Float>]) {
      var optimizer = try AdEMAMix<Float>(
        layout, shard: shard, engine: .fused)
      var parameters = gradient(-1, layout.count)[shard].map { Float($0) }
      for step in 0..<9 {
        if step == 5 {
          try optimizer.resetMoments(.all, of: "table", elements: 100..<700)
        }
        if step == 6 { try optimizer.resetMoments(.slow, of: "bias") }
        let gradient = gradient(step, layout.count)[shard].map { Float($0) }
        try optimizer.step(&parameters, gradients: gradient)
      }
      return (parameters, optimizer.copyMoments())
    }
    let whole = try trained(0..<layout.count)
    let parts = try layout.shards(count, of: Float.self).map(trained)
    #expect(parts.flatMap(\.parameters) == whole.parameters)
    for (group, moments) in whole.moments.enumerated() {
      let own = parts.map { $0.moments[group] }
      #expect(own.flatMap(\.fast) == moments.fast)
      #expect(own.flatMap(\.slow) == moments.slow)
      #expect(own.flatMap(\.second) == moments.second)
    }
  }

  @Test func `of a frozen group are there once it has been trained`() throws {
    var optimizer = try AdEMAMix<Float>(layout())
    var parameters = gradient(-1, 837).map { Float($0) }
    try optimizer.step(&parameters, gradients: parameters)
    try optimizer.updateGroup("a") { $0.isFrozen = true }
    try optimizer.resetMoments(.all, of: "head")
    #expect(optimizer.copyMoments()[0].slow[0..<7].allSatisfy { $0 == 0 })
    #expect(optimizer.copyMoments()[0].slow[7..<807].allSatisfy { $0 != 0 })
    var groups = try layout().groups
    groups[0].isFrozen = true
    var frozen = try AdEMAMix<Float>(groups)
    try frozen.resetMoments(.all, of: "table")
    #expect(frozen.copyMoments()[0].slow == [])
  }

  @Test func `leave gradients that have accumulated`() throws {
    var options = StepOptions()
    options.accumulation = .sum(over: 2)
    func trained(resetting: Bool) throws -> [Float] {
      var optimizer = try AdEMAMix<Float>(layout(), options: options)
      var parameters = gradient(-1, 837).map { Float($0) }
      try optimizer.step(&parameters, gradients: parameters)
      if resetting { try optimizer.resetMoments(.all, of: "table") }
      try optimizer.step(&parameters, gradients: parameters)
      return parameters
    }
    // Before the first step all moments are 0.
    #expect(try trained(resetting: true) == trained(resetting: false))
  }

  @Test func `are refused outside the tensor, and of unknown ones`() throws {
    var optimizer = try AdEMAMix<Float>(layout())
    var parameters = gradient(-1, 837).map { Float($0) }
    try optimizer.step(&parameters, gradients: parameters)
    let before = contents(of: optimizer).map(\.bytes)
    for range in [-1..<3, 0..<801, 801..<801, Int.min..<Int.max] {
      let error = AdEMAMixError.elementsOutOfTensor(
        range, tensor: "table", count: 800)
      #expect(error.code == .invalidArgument && error.tensor == "table")
      #expect(throws: error) {
        try optimizer.resetMoments(.all, of: "table", elements: range)
      }
    }
    #expect(AdEMAMixError.unknownTensor("c").code == .unknownTensor)
    #expect(throws: AdEMAMixError.unknownTensor("c")) {
      try optimizer.resetMoments(.all, of: "c")
    }
    for range in [0..<0, 800..<800, 17..<17] {
      try optimizer.resetMoments(.all, of: "table", elements: range)
    }
    #expect(contents(of: optimizer).map(\.bytes) == before)
  }

  /// The figures of the documentation.
  @Test func `make the steps that the documentation says`() throws {
    var optimizer = try AdEMAMix<Double>(
      [
        ParameterGroup(
          "w", sizes: [2], Hyperparameters(learningRate: 1, alpha: 0))
      ])
    var parameters = [0.0, 0]
    func moved() throws -> Double {
      let before = parameters[0]
      try optimizer.step(&parameters, gradients: [1, 1])
      return before - parameters[0]
    }
    #expect(try abs(moved() - 1) < 1e-6)
    for _ in 0..<20_000 { _ = try moved() }
    try optimizer.resetMoments(.all, of: "w.0", elements: 0..<1)
    let steps = try (0..<400).map { _ in try moved() }
    #expect(abs(steps[0] - 3.162) < 0.001)
    let largest = try #require(steps.max())
    #expect(steps.firstIndex(of: largest) == 11)
    #expect(abs(largest - 6.56) < 0.05, "\(largest)")
    #expect(steps[300...].allSatisfy { $0 < 2 })
  }
}

/// The bytes of all buffers.
private func contents<Scalar>(
  of optimizer: borrowing AdEMAMix<Scalar>
) -> [(tensor: Int, buffer: StateBufferName, bytes: [UInt8])] {
  optimizer.stateBufferViews.map {
    ($0.tensor, $0.stored.buffer, unsafe Array($0.bytes))
  }
}
