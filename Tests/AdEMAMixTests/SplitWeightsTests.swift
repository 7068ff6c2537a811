//===--- SplitWeightsTests.swift - weights in bfloat16 and corrections ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import CAllocationCounter
import TestSupport
import Testing

/// The oracle is the optimizer of `Float` weights, whose tests compare it with
/// optax.
@Suite struct `Split weights` {
  private static let sizes = [700, 3, 1_025, 256]

  /// An optimizer of four tensors in two groups, which take turns.
  private static func optimizer(
    _ weights: WeightFormat, storage: MomentStorage = .full,
    options: StepOptions = StepOptions(), limit: Double? = nil,
    skips: Bool = false, rate: Double = 0.01
  ) throws -> AdEMAMix<Float> {
    let layout = try ParameterLayout(
      sizes.enumerated().map { TensorSpec("t\($0)", shape: [$1]) }
    ) { tensor in
      var group = ParameterGroup(
        tensor.name.hasSuffix("1") ? "b" : "a",
        Hyperparameters(
          learningRate: .constant(rate), weightDecay: 0.1),
        storage: storage)
      group.directionLimit = limit
      group.skipsZeroGradients = skips
      return group
    }
    return try AdEMAMix(
      layout, weights: weights, engine: .fused, options: options)
  }

  private static func gradients(_ seed: Int) -> [[BFloat16]] {
    sizes.enumerated().map { index, count in
      sample(count, seed &* 7 &+ index).map { (x: Float) in
        // Some are 0, for the option that skips them.
        BFloat16(abs(x) < 0.2 ? 0 : x)
      }
    }
  }

  private static var parameters: [[Float]] { sizes.map { sample($0) } }
  private static var empty: [[BFloat16]] {
    sizes.map { Array(repeating: BFloat16(0), count: $0) }
  }

  /// The bfloat16 whose magnitude is nearest, the larger one of two.
  private static func upper(_ x: Float) -> UInt16 {
    UInt16(truncatingIfNeeded: (x.bitPattern &+ 0x8000) >> 16)
  }

  /// The options of a step, of a group and of storage that are tried.
  struct Setting: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var options = StepOptions()
    var limit: Double?
    var skips = false

    static let all = [
      Setting(testDescription: "plain"),
      Setting("clipping") { $0.options.clipping = .globalNorm(1) },
      Setting("block") { $0.options.clipping = .blockRMS(0.1) },
      Setting("cautious") { $0.options.isCautious = true },
      Setting("update clipping") { $0.options.updateClipping = 0.5 },
      Setting("both") {
        $0.options.isCautious = true
        $0.options.updateClipping = 0.5
      },
      Setting("accumulation") { $0.options.accumulation = .mean(over: 3) },
      Setting("zeroing") { $0.options.nonFiniteGradients = .zeroElements },
      Setting("limit") { $0.limit = 1 },
      Setting("skips") { $0.skips = true },
    ]

    init(testDescription: String) { self.testDescription = testDescription }

    init(_ name: String, _ set: (inout Setting) -> Void) {
      self.init(testDescription: name)
      set(&self)
    }
  }

  @Test(
    arguments: Setting.all, [MomentStorage.full, .compact, .minimal])
  func `of 32 bits have the bits of Float weights`(
    setting: Setting, storage: MomentStorage
  ) throws {
    var split = try Self.optimizer(
      .split32, storage: storage, options: setting.options,
      limit: setting.limit, skips: setting.skips)
    var whole = try Self.optimizer(
      .scalar, storage: storage, options: setting.options,
      limit: setting.limit, skips: setting.skips)
    var parameters = Self.parameters, joined = parameters
    var weights = Self.empty
    try split.split(parameters, into: &weights)
    for step in 0..<12 {
      if step == 3 { try freeze(&split, &whole, true) }
      if step == 6 { try freeze(&split, &whole, false) }
      let gradients = Self.gradients(step)
      let measures = step % 4 == 3
      let report = try split.step(
        &weights, gradients: gradients, diagnostics: measures)
      let expected = try whole.step(
        &parameters, gradients: gradients, diagnostics: measures)
      #expect(report == expected)
      try split.join(weights, into: &joined)
      #expect(joined == parameters)
      let bits = weights.map { $0.map(\.bitPattern) }
      #expect(bits == parameters.map { $0.map(Self.upper) })
      #expect(split.copyMoments() == whole.copyMoments())
    }
    if setting.options.accumulation != nil {
      try split.step(&weights, gradients: Self.gradients(20))
      try whole.step(&parameters, gradients: Self.gradients(20))
      try split.completeStep(&weights)
      try whole.completeStep(&parameters)
      try split.join(weights, into: &joined)
      #expect(joined == parameters)
    }
  }

  private func freeze(
    _ one: inout AdEMAMix<Float>, _ other: inout AdEMAMix<Float>,
    _ isFrozen: Bool
  ) throws {
    try one.updateGroup("b") { $0.isFrozen = isFrozen }
    try other.updateGroup("b") { $0.isFrozen = isFrozen }
  }

  /// Both 24-bit numbers around the exact result are right: which one it is
  /// depends on the rounding.
  @Test(arguments: Setting.all, [MomentStorage.full, .minimal])
  func `of 24 bits are next to Float weights`(
    setting: Setting, storage: MomentStorage
  ) throws {
    var split = try Self.optimizer(
      .split24, storage: storage, options: setting.options,
      limit: setting.limit, skips: setting.skips)
    var whole = try Self.optimizer(
      .scalar, storage: storage, options: setting.options,
      limit: setting.limit, skips: setting.skips)
    var parameters = Self.parameters
    var weights = Self.empty
    try split.split(parameters, into: &weights)
    for step in 0..<6 {
      // From the same weights each time.
      try split.join(weights, into: &parameters)
      try split.step(&weights, gradients: Self.gradients(step))
      try whole.step(&parameters, gradients: Self.gradients(step))
      var joined = parameters
      try split.join(weights, into: &joined)
      for (own, exact) in zip(joined.joined(), parameters.joined()) {
        let lower = exact.bitPattern & ~0xff
        #expect(own.bitPattern == lower || own.bitPattern == lower + 0x100)
      }
    }
  }

  /// Steps of 1/64 of the distance of two 24-bit weights, and of 4 times that
  /// of two `Float` weights.
  @Test func `of 24 bits add up small steps`() throws {
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "a", sizes: [1024],
          Hyperparameters(learningRate: .constant(0x1p-21), alpha: 0))
      ], weights: .split24)
    let start = [Float](repeating: 1.5, count: 1024)
    var weights = start.map { BFloat16($0) }
    try optimizer.split(start, into: &weights)
    let gradients = start.map { _ in BFloat16(1) }
    for _ in 0..<2_000 {
      try optimizer.step(&weights, gradients: gradients)
    }
    var end = start
    try optimizer.join(weights, into: &end)
    let moved = end.map { 1.5 - Double($0) }
    let mean = moved.reduce(0, +) / 1024
    #expect(abs(mean - 2_000 * 0x1p-21) < 0.01 * 2_000 * 0x1p-21)
    let worst = moved.map { abs($0 - mean) }.max() ?? 0
    // The distance of two 24-bit numbers near 1.5 is 2^-15.
    #expect(worst < 2 * 0x1p-15)
  }

  @Test(arguments: [WeightFormat.split32, .split24])
  func `of any number are put together again`(format: WeightFormat) throws {
    var numbers: [Float] = [
      0, -0.0, 1, -1, .leastNonzeroMagnitude, -.leastNormalMagnitude,
      .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity,
      -.infinity, .nan,
    ]
    // Half way between two numbers in bfloat16, and next to it.
    for bits: UInt32 in [0x3f80_8000, 0x3f81_8000, 0xbf80_8000, 0x3f80_7fff] {
      numbers += [bits - 0x100, bits, bits + 1].map { Float(bitPattern: $0) }
    }
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup(
          "a", sizes: [numbers.count], Hyperparameters(learningRate: 0.01))
      ],
      weights: format)
    var weights = numbers.map { _ in BFloat16(0) }
    try optimizer.split(numbers, into: &weights)
    var joined = numbers
    try optimizer.join(weights, into: &joined)
    for (number, own) in zip(numbers, joined) {
      if number.isNaN {
        #expect(own.isNaN)
      } else if format == .split32 || !number.isFinite {
        #expect(own.bitPattern == number.bitPattern)
      } else {
        let distance = Int(own.bitPattern) - Int(number.bitPattern)
        let isLargest = number.magnitude == .greatestFiniteMagnitude
        #expect(isLargest ? distance == -0xff : abs(distance) <= 0x80)
        #expect(own.bitPattern & 0xff == 0)
      }
    }
    // NaN stays one in the model too.
    #expect(Float(weights[10]).isNaN)
  }

  @Test(arguments: InstructionSet.available, [1, 3])
  func `have the same bits on any processor and number of threads`(
    set: InstructionSet, threads: Int
  ) throws {
    for format in [WeightFormat.split32, .split24] {
      var first = try Self.optimizer(format, storage: .compact)
      var second = try Self.optimizer(format, storage: .compact)
      second.instructionSet = set
      second.threadCount = threads
      second.threadSplit.byteCountWorthAThread = 1
      var one = Self.empty, other = Self.empty
      try first.split(Self.parameters, into: &one)
      try second.split(Self.parameters, into: &other)
      #expect(one == other)
      for step in 0..<5 {
        try first.step(&one, gradients: Self.gradients(step))
        try second.step(&other, gradients: Self.gradients(step))
      }
      #expect(one == other)
      var joined = Self.parameters, others = joined
      try first.join(one, into: &joined)
      try second.join(other, into: &others)
      #expect(joined == others)
    }
  }

  @Test
  func `have the same bits in one buffer, left alone or tensor by tensor`()
    throws
  {
    for format in [WeightFormat.split32, .split24] {
      var arrays = try Self.optimizer(format, storage: .minimal)
      var flat = try Self.optimizer(format, storage: .minimal)
      var open = try Self.optimizer(format, storage: .minimal)
      arrays.options.allowsMissingGradients = true
      open.options.allowsMissingGradients = true
      var tensors = Self.empty
      try arrays.split(Self.parameters, into: &tensors)
      var released = tensors
      try open.split(Self.parameters, into: &released)
      var buffer = tensors.flatMap { $0 }
      try flat.split(Array(Self.parameters.joined()), into: &buffer)
      for step in 0..<6 {
        var gradients = Self.gradients(step)
        let whole = gradients.flatMap { $0 }
        if step == 2 { gradients[2] = [] }
        try arrays.step(&tensors, gradients: gradients)
        try flat.step(
          &buffer, gradients: whole, leaving: step == 2 ? ["t2"] : [])
        try open.openStep { step in
          for index in [3, 0, 1, 2] where !gradients[index].isEmpty {
            try step.update(
              "t\(index)", &released[index], gradients: gradients[index])
          }
        }
        #expect(tensors == released)
        #expect(tensors.flatMap { $0 } == buffer)
      }
      var joined = Self.parameters
      try open.join(released, into: &joined)
      var flatJoined = joined.flatMap { $0 }
      try flat.join(buffer, into: &flatJoined)
      #expect(joined.flatMap { $0 } == flatJoined)
    }
  }

  @Test(arguments: [MomentStorage.full, .compact])
  func `have the average of Float weights`(storage: MomentStorage) throws {
    var split = try Self.optimizer(.split32, storage: storage)
    var whole = try Self.optimizer(.scalar, storage: storage)
    var parameters = Self.parameters
    var weights = Self.empty
    try split.split(parameters, into: &weights)
    split.average = try ParameterAverage(of: parameters, decay: 0.9)
    whole.average = try ParameterAverage(of: parameters, decay: 0.9)
    for step in 0..<8 {
      if step == 2 { try freeze(&split, &whole, true) }
      if step == 5 {
        split.options.isCautious = true
        whole.options.isCautious = true
      }
      try split.step(&weights, gradients: Self.gradients(step))
      try whole.step(&parameters, gradients: Self.gradients(step))
      #expect(try split.average?.values() == whole.average?.values())
    }
    let before = weights
    try split.swapAverage(with: &weights)
    try whole.average?.swap(with: &parameters)
    var joined = parameters
    try split.join(weights, into: &joined)
    #expect(joined == parameters)
    #expect(split.average?.isSwappedIn == true)
    try split.swapAverage(with: &weights)
    try whole.average?.swap(with: &parameters)
    #expect(weights == before)
    try split.join(weights, into: &joined)
    #expect(joined == parameters)
    #expect(try split.average?.values() == whole.average?.values())
  }

  @Test func `take 10 bytes a parameter or 9, with minimal moments`() throws {
    let count = 1 << 20
    func bytes(_ format: WeightFormat, _ storage: MomentStorage) throws -> Int {
      let optimizer = try AdEMAMix<Float>(
        [
          ParameterGroup(
            "a", sizes: [count], Hyperparameters(learningRate: 0.01),
            storage: storage)
        ], weights: format)
      return optimizer.stateByteCount
    }
    // The program has 2 bytes of weight and 2 of gradient.
    let limit = Double(count) * 1.02
    #expect(try Double(bytes(.split32, .minimal) + 4 * count) <= 10 * limit)
    #expect(try Double(bytes(.split24, .minimal) + 4 * count) <= 9 * limit)
    // The bits that the model lacks.
    #expect(
      try bytes(.split32, .full) - bytes(.scalar, .full) >= 2 * count)
  }

  @Test func `are copied with the optimizer`() throws {
    var one = try Self.optimizer(.split32)
    var weights = Self.empty
    try one.split(Self.parameters, into: &weights)
    var other = try one.copy()
    var copied = weights
    try one.step(&weights, gradients: Self.gradients(1))
    try other.step(&copied, gradients: Self.gradients(1))
    #expect(weights == copied)
    var joined = Self.parameters, others = joined
    try one.join(weights, into: &joined)
    try other.join(copied, into: &others)
    #expect(joined == others)
  }

  @Test func `are refused by an optimizer of Float weights, and these by it`()
    throws
  {
    var split = try Self.optimizer(.split32)
    var whole = try Self.optimizer(.scalar)
    var parameters = Self.parameters
    var weights = Self.empty
    let gradients = Self.gradients(0)
    try split.split(parameters, into: &weights)
    let before = weights
    let splitError = AdEMAMixError.weightFormat(
      isSplit: true, expected: .scalar)
    let scalarError = AdEMAMixError.weightFormat(
      isSplit: false, expected: .split32)
    #expect(
      thrown { try whole.step(&weights, gradients: gradients) } == splitError)
    #expect(
      thrown { try whole.split(parameters, into: &weights) } == splitError)
    #expect(thrown { try whole.join(weights, into: &parameters) } == splitError)
    #expect(
      thrown { try split.step(&parameters, gradients: parameters) }
        == scalarError)
    #expect(
      thrown { try split.step(&parameters, gradients: gradients) }
        == scalarError)
    var flat = Array(parameters.joined())
    #expect(thrown { try split.step(&flat, gradients: flat) } == scalarError)
    #expect(
      thrown {
        try split.openStep { step in
          try step.update("t0", &parameters[0], gradients: parameters[0])
        }
      } == scalarError)
    #expect(weights == before && parameters == Self.parameters)
    #expect(split.stepCount == 0 && whole.stepCount == 0)
    // Updates that are written alone depend on no weights.
    var updates = parameters
    try split.writeUpdate(into: &updates, gradients: gradients)
    #expect(split.stepCount == 1)
  }

  private func thrown(_ body: () throws -> Void) -> AdEMAMixError? {
    do {
      try body()
      return nil
    } catch {
      return error as? AdEMAMixError
    }
  }

  private func thrown(_ body: () throws -> StepReport) -> AdEMAMixError? {
    thrown { _ = try body() }
  }

  @Test func `are refused with wrong counts, in Double and on other engines`()
    throws
  {
    let group = ParameterGroup(
      "a", sizes: [3], Hyperparameters(learningRate: 0.01))
    #expect(throws: AdEMAMixError.splitWeightsNeedFloat) {
      _ = try AdEMAMix<Double>([group], weights: .split24)
    }
    #expect(
      throws: AdEMAMixError.storageNeedsFusedEngine(.blas, group: nil)
    ) {
      _ = try AdEMAMix<Float>([group], weights: .split32, engine: .blas)
    }
    var optimizer = try AdEMAMix<Float>([group], weights: .split32)
    #expect(optimizer.engine == .fused)
    var weights = [BFloat16](repeating: BFloat16(1), count: 2)
    let gradients = [BFloat16](repeating: BFloat16(1), count: 3)
    #expect(throws: AdEMAMixError.parameterCount(2, expected: 3)) {
      try optimizer.step(&weights, gradients: gradients)
    }
    weights.append(BFloat16(2))
    #expect(throws: AdEMAMixError.gradientCount(2, expected: 3)) {
      try optimizer.step(&weights, gradients: Array(gradients.dropLast()))
    }
    #expect(throws: AdEMAMixError.parameterCount(2, expected: 3)) {
      try optimizer.split([1, 2] as [Float], into: &weights)
    }
    var parameters: [Float] = [1, 2, 3, 4]
    #expect(throws: AdEMAMixError.parameterCount(4, expected: 3)) {
      try optimizer.join(weights, into: &parameters)
    }
    optimizer.engine = .blas
    #expect(
      throws: AdEMAMixError.storageNeedsFusedEngine(.blas, group: nil)
    ) {
      try optimizer.step(&weights, gradients: gradients)
    }
    #expect(throws: AdEMAMixError.averageCount(0, expected: 3)) {
      try optimizer.swapAverage(with: &weights)
    }
    #expect(weights.map { Float($0) } == [1, 1, 2])
  }

  @Test func `of tensors that overlap are refused`() throws {
    var optimizer = try AdEMAMix<Float>(
      [
        ParameterGroup("a", sizes: [4, 4], Hyperparameters(learningRate: 0.01))
      ],
      weights: .split32)
    var memory = [BFloat16](repeating: BFloat16(1), count: 7)
    unsafe memory.withUnsafeMutableBufferPointer { memory in
      var tensors = unsafe [
        UnsafeMutableBufferPointer(rebasing: memory[0..<4]),
        UnsafeMutableBufferPointer(rebasing: memory[3..<7]),
      ]
      let gradients = [[BFloat16]](
        repeating: .init(repeating: BFloat16(1), count: 4), count: 2)
      #expect(throws: AdEMAMixError.overlappingTensors("a.0", "a.1")) {
        try unsafe optimizer.step(&tensors, gradients: gradients)
      }
    }
  }

  @Test func `may be changed between two steps`() throws {
    var optimizer = try AdEMAMix<Float>(
      [ParameterGroup("a", sizes: [3], Hyperparameters(learningRate: 0.01))],
      weights: .split32)
    var weights = [BFloat16](repeating: BFloat16(1), count: 3)
    try optimizer.split([1.001, 1.001, 1.001] as [Float], into: &weights)
    weights[1] = BFloat16(4)
    var joined: [Float] = [0, 0, 0]
    try optimizer.join(weights, into: &joined)
    // The bits of the correction stay.
    #expect(joined[1].bitPattern == joined[0].bitPattern + 0x0100_0000)
    #expect(abs(joined[1] - 4) <= 0x1p-6)
  }

  @Test(.enabled(if: canCountAllocations))
  func `make a step that allocates nothing`() throws {
    var optimizer = try Self.optimizer(.split32, storage: .minimal)
    optimizer.threadCount = 1
    var weights = Self.empty
    try optimizer.split(Self.parameters, into: &weights)
    let gradients = Self.gradients(1)
    let count = try allocations {
      try optimizer.step(&weights, gradients: gradients)
    }
    #expect(count == 0)
  }
}
