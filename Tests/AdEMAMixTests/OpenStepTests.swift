//===--- OpenStepTests.swift - steps tensor by tensor ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Dispatch
import TestSupport
import Testing

@Suite struct `An open step` {
  private struct Layer: TensorTree {
    var weight: [Float]
    var bias: [Float]

    mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
      visitor.visit("weight", &weight)
      visitor.visit("bias", &bias)
    }
  }

  private struct Model: TensorTree {
    var embedding: [Float]
    var layers: [Layer]
    var head: [Float]

    init(_ random: inout RandomNumbers) {
      embedding = random.numbers(2_100)
      layers = (0..<3).map { _ in
        Layer(weight: random.numbers(1_500), bias: random.numbers(30))
      }
      head = random.numbers(700)
    }

    mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
      visitor.visit("embedding", &embedding)
      visitor.visit("layers", &layers)
      visitor.visit("head", &head)
    }

    var bits: [UInt32] {
      (embedding + layers.flatMap { $0.weight + $0.bias } + head)
        .map(\.bitPattern)
    }
  }

  private static func optimizer(
    _ model: Model, engine: StepEngine? = .fused,
    storage: MomentStorage = .full, options: StepOptions = StepOptions()
  ) throws -> AdEMAMix<Float> {
    var hyperparameters = Hyperparameters(learningRate: 1e-2, weightDecay: 0.1)
      .warmingUp(over: 10)
    hyperparameters.beta1 = 0.8
    let layout = try ParameterLayout(TensorSpec.all(in: model)) {
      ParameterGroup(
        $0.name.hasSuffix("bias") ? "biases" : "weights", hyperparameters,
        storage: storage)
    }
    var optimizer = try AdEMAMix<Float>(layout, engine: engine)
    optimizer.threadSplit.byteCountWorthAThread = 1
    optimizer.options = options
    return optimizer
  }

  private static let options: [StepOptions] = {
    var block = StepOptions()
    block.clipping = .blockRMS(0.4)
    var value = StepOptions()
    value.clipping = .value(0.5)
    value.nonFiniteGradients = .zeroElements
    var cautious = StepOptions()
    cautious.isCautious = true
    cautious.updateClipping = 0.5
    return [StepOptions(), block, value, cautious]
  }()

  /// A model, its gradient, and the same step both ways.
  private static func expectSameBits(
    _ engine: StepEngine, _ storage: MomentStorage, _ options: StepOptions,
    diagnostics: Bool
  ) throws {
    var random = RandomNumbers(seed: 3)
    var model = Model(&random)
    var expected = model
    var open = try optimizer(
      model, engine: engine, storage: storage, options: options)
    var once = try optimizer(
      model, engine: engine, storage: storage, options: options)
    for step in 0..<4 {
      var gradient = Model(&random)
      if options.nonFiniteGradients == .zeroElements {
        gradient.layers[1].weight[17] = .nan
        gradient.head[3] = .infinity
      }
      let whole = try once.step(
        &expected, gradients: gradient, gradientScale: 0.3,
        diagnostics: diagnostics)
      let report = try open.openStep(
        gradientScale: 0.3, diagnostics: diagnostics
      ) { open in
        try open.update("head", &model.head, gradients: gradient.head)
        var last = gradient.layers[2]
        try open.update("layers.2", &model.layers[2], clearing: &last)
        #expect(last.weight.allSatisfy { $0 == 0 })
        if step.isMultiple(of: 2) {
          for index in [1, 0] {
            try open.update(
              "layers.\(index)", &model.layers[index],
              gradients: gradient.layers[index])
          }
        } else {
          for index in [0, 1] {
            try open.update(
              "layers.\(index).bias", &model.layers[index].bias,
              gradients: gradient.layers[index].bias)
            try open.update(
              "layers.\(index).weight", &model.layers[index].weight,
              gradients: gradient.layers[index].weight)
          }
        }
        try open.update(
          "embedding", &model.embedding, gradients: gradient.embedding)
      }
      #expect(report == whole)
      #expect(model.bits == expected.bits)
    }
    #expect(open.copyMoments() == once.copyMoments())
    #expect(open.stepCount == 4)
    #expect(open.zeroedElementCount == once.zeroedElementCount)
  }

  @Test(arguments: StepEngine.allCases, [false, true])
  func `has the bits and the report of the step at once`(
    engine: StepEngine, diagnostics: Bool
  ) throws {
    for options in Self.options {
      try Self.expectSameBits(engine, .full, options, diagnostics: diagnostics)
    }
  }

  @Test(arguments: [MomentStorage.compact, .minimal])
  func `has the bits of the step at once with moments in few bits`(
    storage: MomentStorage
  ) throws {
    for options in Self.options {
      try Self.expectSameBits(.fused, storage, options, diagnostics: true)
    }
  }

  /// A look at the gradients of the part once read the factors of the tensor
  /// before: an address sanitizer tells.
  @Test func `takes a part of many tensors after a single one`() throws {
    let sizes = Array(repeating: 5, count: 60)
    let layout = try ParameterLayout(
      [TensorSpec("one", shape: [3])]
        + sizes.indices.map { TensorSpec("many.\($0)", shape: [5]) }
    ) { _ in ParameterGroup("all", Hyperparameters(learningRate: 0.1)) }
    var open = try AdEMAMix<Float>(layout, engine: .fused)
    open.options.clipping = .blockRMS(0.1)
    var whole = try open.copy()
    var parameters: [[Float]] = [sample(3)] + sizes.map { sample($0) }
    var expected = parameters
    let gradients = parameters
    try whole.step(&expected, gradients: gradients)
    try open.openStep { step in
      try step.update("one", &parameters[0], gradients: gradients[0])
      var many = Array(parameters[1...])
      try step.update("many", &many, gradients: Array(gradients[1...]))
      parameters[1...] = many[...]
    }
    #expect(parameters == expected)
  }

  @Test func `takes gradients in bfloat16, and keeps the copy`() throws {
    var random = RandomNumbers(seed: 5)
    var model = Model(&random)
    var expected = [model.embedding]
    var open = try Self.optimizer(model, engine: nil)
    var once = try AdEMAMix<Float>([
      ParameterGroup(
        "weights", sizes: [2_100],
        open.layout.groups[0].hyperparameters)
    ])
    open.options.allowsMissingGradients = true
    let gradient: [BFloat16] = model.embedding.map { BFloat16($0) }
    var copy = [BFloat16](repeating: BFloat16(0), count: 2_100)
    var copies = [copy]
    for step in 0..<3 {
      try open.openStep { open in
        if step == 1 {
          try open.update("embedding", &model.embedding, gradients: gradient)
        } else {
          try open.update(
            "embedding", &model.embedding, gradients: gradient,
            bfloat16Copy: &copy)
        }
      }
      try once.step(&expected, gradients: [gradient], bfloat16Copy: &copies)
    }
    #expect([model.embedding] == expected)
    #expect([copy] == copies)
    open.engine = .blas
    let before = model
    #expect(
      throws: AdEMAMixError.storageNeedsFusedEngine(.blas, group: nil)
    ) {
      try open.openStep {
        try $0.update("embedding", &model.embedding, gradients: gradient)
      }
    }
    #expect(model.bits == before.bits)
    #expect(open.stepCount == 3)
  }

  @Test func `takes tensors from several threads`() throws {
    var random = RandomNumbers(seed: 8)
    let model = Model(&random)
    let gradient = Model(&random)
    var expected = model
    var once = try Self.optimizer(model)
    try once.step(&expected, gradients: gradient)
    var open = try Self.optimizer(model)
    let queue = DispatchQueue(label: "results")
    nonisolated(unsafe) var layers: [Int: Layer] = [:]
    nonisolated(unsafe) var head = model.head
    nonisolated(unsafe) var embedding = model.embedding
    try open.openStep { open in
      DispatchQueue.concurrentPerform(iterations: 5) { index in
        switch index {
        case 0..<3:
          var layer = model.layers[index]
          try! open.update(
            "layers.\(index)", &layer, gradients: gradient.layers[index])
          queue.sync { unsafe layers[index] = layer }
        case 3:
          try! unsafe open.update("head", &head, gradients: gradient.head)
        default:
          try! unsafe open.update(
            "embedding", &embedding, gradients: gradient.embedding)
        }
      }
    }
    var result = model
    result.layers = (0..<3).compactMap { unsafe layers[$0] }
    unsafe (result.head, result.embedding) = (head, embedding)
    #expect(result.bits == expected.bits)
  }

  @Test func `refuses what needs the whole gradient before it begins`() throws {
    var random = RandomNumbers(seed: 6)
    let model = Model(&random)
    var optimizer = try Self.optimizer(model)
    func expectRefusal(_ name: String, _ edit: (inout StepOptions) -> Void) {
      optimizer.options = StepOptions()
      edit(&optimizer.options)
      #expect(throws: AdEMAMixError.openStep(name)) {
        try optimizer.openStep { _ in Issue.record("the step has begun") }
      }
    }
    expectRefusal("clipping by the global norm") {
      $0.clipping = .globalNorm(1)
    }
    expectRefusal("the policy throw") { $0.nonFiniteGradients = .throw }
    expectRefusal("the policy skipStep") {
      $0.nonFiniteGradients = .skipStep(limit: 3)
    }
    expectRefusal("accumulation of gradients") {
      $0.accumulation = .mean(over: 2)
    }
    optimizer.options = StepOptions()
    optimizer.options.accumulation = .mean(over: 2)
    var parameters = model
    try optimizer.step(&parameters, gradients: model)
    optimizer.options = StepOptions()
    #expect(
      throws: AdEMAMixError.openStep("gradients that have accumulated")
    ) {
      try optimizer.openStep { _ in Issue.record("the step has begun") }
    }
    #expect(
      throws: AdEMAMixError.optionOutOfRange(.gradientScale, value: .nan)
    ) {
      optimizer.discardAccumulatedGradients()
      try optimizer.openStep(gradientScale: .nan) { _ in }
    }
    #expect(optimizer.stepCount == 0)
  }

  @Test func `refuses a tensor that comes twice, and an unknown name`() throws {
    var random = RandomNumbers(seed: 6)
    var model = Model(&random)
    let gradient = model
    var optimizer = try Self.optimizer(model)
    optimizer.options.allowsMissingGradients = true
    let report = try optimizer.openStep { open in
      try open.update(
        "layers.1", &model.layers[1], gradients: gradient.layers[1])
      let after = model.bits
      #expect(throws: AdEMAMixError.updatedTwice("layers.1.weight")) {
        try open.update(
          "layers.1", &model.layers[1], gradients: gradient.layers[1])
      }
      #expect(throws: AdEMAMixError.updatedTwice("layers.1.bias")) {
        try open.update(
          "layers.1.bias", &model.layers[1].bias,
          gradients: gradient.layers[1].bias)
      }
      #expect(throws: AdEMAMixError.unknownTensor("layers.7")) {
        try open.update("layers.7", &model.head, gradients: gradient.head)
      }
      #expect(throws: AdEMAMixError.unknownTensor("head.weight")) {
        try open.update("head.weight", &model.head, gradients: gradient.head)
      }
      #expect(throws: AdEMAMixError.parameterCount(700, expected: 2_100)) {
        try open.update("embedding", &model.head, gradients: gradient.head)
      }
      #expect(
        throws: AdEMAMixError.tensorGradientCount(
          30, expected: 1_500, tensor: "layers.2.weight")
      ) {
        var wrong = gradient.layers[2]
        wrong.weight = wrong.bias
        try open.update("layers.2", &model.layers[2], gradients: wrong)
      }
      #expect(throws: AdEMAMixError.tensorName("head.weight")) {
        try open.update(
          "head", &model.layers[0], gradients: gradient.layers[0])
      }
      #expect(model.bits == after)
    }
    #expect(report.outcome == .completed)
    let counts = optimizer.copyMoments().flatMap(\.tensorStepCounts)
    #expect(counts.map(\.slow) == [0, 0, 1, 0, 0, 0, 1, 0])
  }

  @Test func `says which tensors it had no gradient of`() throws {
    var random = RandomNumbers(seed: 6)
    var model = Model(&random)
    let gradient = model
    var optimizer = try Self.optimizer(model)
    // None at all: no step was made.
    #expect(throws: AdEMAMixError.self) { try optimizer.openStep { _ in } }
    #expect(optimizer.stepCount == 0)
    #expect(
      throws: AdEMAMixError.missingGradients([
        "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias",
        "layers.2.weight", "layers.2.bias", "head",
      ])
    ) {
      try optimizer.openStep { open in
        try open.update(
          "embedding", &model.embedding, gradients: gradient.embedding)
      }
    }
    #expect(optimizer.stepCount == 1)
    #expect(model.embedding != gradient.embedding)
    #expect(model.layers[0].weight == gradient.layers[0].weight)
  }

  @Test func `ends with an error of the closure, and then takes no more`()
    throws
  {
    struct Failure: Error {}
    var random = RandomNumbers(seed: 6)
    var model = Model(&random)
    let gradient = model
    var optimizer = try Self.optimizer(model)
    var kept: OpenStep<Float>?
    #expect(throws: Failure.self) {
      try optimizer.openStep { open in
        kept = open
        throw Failure()
      }
    }
    #expect(optimizer.stepCount == 0)
    #expect(throws: AdEMAMixError.stepHasEnded) {
      try kept?.update("head", &model.head, gradients: gradient.head)
    }
    #expect(throws: Failure.self) {
      try optimizer.openStep { open in
        try open.update("head", &model.head, gradients: gradient.head)
        throw Failure()
      }
    }
    #expect(optimizer.stepCount == 1)
    // The tensors that were left alone go on from their own first step.
    try optimizer.step(&model, gradients: gradient)
    var alone = try Self.optimizer(model)
    var other = gradient
    try alone.step(&other, gradients: gradient, leaving: ["head"])
    other.head = model.head
    #expect(model.bits == other.bits)
    #expect(
      optimizer.copyMoments()[0].tensorStepCounts.map(\.second)
        == [1, 1, 1, 1, 2])
  }

  @Test func `leaves frozen tensors where they are`() throws {
    var random = RandomNumbers(seed: 6)
    var model = Model(&random)
    let gradient = model
    var optimizer = try Self.optimizer(model)
    try optimizer.updateGroup("biases") { $0.isFrozen = true }
    let report = try optimizer.openStep { open in
      try open.update(
        "embedding", &model.embedding, gradients: gradient.embedding)
      try open.update("layers", &model.layers, gradients: gradient.layers)
      try open.update("head", &model.head, gradients: gradient.head)
    }
    #expect(report.outcome == .completed)
    #expect(model.layers[0].bias == gradient.layers[0].bias)
    #expect(model.layers[0].weight != gradient.layers[0].weight)
    // A step may also be told of moving tensors alone.
    try optimizer.openStep { open in
      for index in 0..<3 {
        try open.update(
          "layers.\(index).weight", &model.layers[index].weight,
          gradients: gradient.layers[index].weight)
      }
      try open.update(
        "embedding", &model.embedding, gradients: gradient.embedding)
      try open.update("head", &model.head, gradients: gradient.head)
    }
    #expect(optimizer.copyMoments().allSatisfy { $0.tensorStepCounts.isEmpty })
  }

  private struct Pair: TensorTree {
    var weight: [Float]
    var bias: [Float]?

    mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
      visitor.visit("weight", &weight)
      visitor.visit("bias", &bias)
    }
  }

  @Test func `leaves tensors of a part alone that have no gradient`() throws {
    let first = Pair(weight: [1, 2], bias: [3])
    var models = [first, first]
    let layout = try ParameterLayout(TensorSpec.all(in: models)) { _ in
      ParameterGroup("all", Hyperparameters(learningRate: 0.1))
    }
    var open = try AdEMAMix<Float>(layout)
    var once = try AdEMAMix<Float>(layout)
    open.options.allowsMissingGradients = true
    once.options.allowsMissingGradients = true
    var expected = models
    for step in 0..<4 {
      let gradients = [
        Pair(weight: [1, -1], bias: step == 1 ? [1] : nil),
        Pair(weight: step == 2 ? [] : [2, 1], bias: []),
      ]
      let report = try open.openStep(diagnostics: true) { open in
        for index in [1, 0] {
          try open.update(
            "\(index)", &models[index], gradients: gradients[index])
        }
      }
      let whole = try once.step(
        &expected, gradients: gradients, diagnostics: true)
      #expect(report == whole)
      for (own, other) in zip(models, expected) {
        #expect(own.weight == other.weight && own.bias == other.bias)
      }
    }
    #expect(models[1].bias == [3] && models[0].bias != [3])
    #expect(open.copyMoments() == once.copyMoments())
  }

  @Test func `takes a tensor that its part came without before`() throws {
    let first = Pair(weight: [1, 2], bias: [3])
    var models = [first]
    let layout = try ParameterLayout(TensorSpec.all(in: models)) { _ in
      ParameterGroup("all", Hyperparameters(learningRate: 0.1))
    }
    var optimizer = try AdEMAMix<Float>(layout)
    optimizer.options.allowsMissingGradients = true
    try optimizer.openStep { open in
      try open.update(
        "0", &models[0], gradients: Pair(weight: [1, 1], bias: nil))
      var bias = models[0].bias ?? []
      try open.update(
        "0.bias", &bias, gradients: [Float](repeating: 1, count: 1))
      models[0].bias = bias
    }
    #expect(models[0].weight != first.weight)
    #expect(models[0].bias != first.bias)
    #expect(optimizer.copyMoments()[0].tensorStepCounts.isEmpty)
  }

  @Test func `takes the tensor where a part has its name too`() throws {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup(
        "all",
        tensors: ["a", "a.b", "a.c", "ab"].map { TensorSpec($0, count: 2) },
        Hyperparameters(learningRate: 0.1))
    ])
    var tensors = Array(repeating: [Float](repeating: 1, count: 2), count: 4)
    let gradient: [Float] = [1, 1]
    try optimizer.openStep { open in
      for (index, name) in ["a", "a.b", "a.c", "ab"].enumerated().reversed() {
        try open.update(name, &tensors[index], gradients: gradient)
      }
    }
    #expect(Set(tensors).count == 1 && tensors[0] != [1, 1])
  }

  @Test func `is none where frozen tensors alone are updated, or none`() throws
  {
    var frozen = ParameterGroup(
      "frozen", sizes: [2], Hyperparameters(learningRate: 0.1))
    frozen.isFrozen = true
    var optimizer = try AdEMAMix<Float>([
      frozen,
      ParameterGroup(
        "moving", sizes: [2], Hyperparameters(learningRate: 0.1)),
    ])
    var tensor: [Float] = [1, 1]
    let gradient: [Float] = [1, 1]
    #expect(throws: AdEMAMixError.missingGradients(["moving.0"])) {
      try optimizer.openStep { open in
        try open.update("frozen.0", &tensor, gradients: gradient)
      }
    }
    #expect(optimizer.stepCount == 0 && tensor == [1, 1])
    let bytes = optimizer.stateByteCount
    optimizer.options.accumulation = .mean(over: 2)
    #expect(throws: AdEMAMixError.self) { try optimizer.openStep { _ in } }
    #expect(optimizer.stateByteCount == bytes)
  }
}
