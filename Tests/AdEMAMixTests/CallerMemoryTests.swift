//===--- CallerMemoryTests.swift - one memory for every call -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

/// A call on master weights, gradients and a copy in bfloat16.
private struct MixedRun: ~Copyable {
  static let sizes = [700, 3, 0, 500]

  var optimizer: AdEMAMix<Float>
  var parameters: [Float] = sample(1_203, 1)
  var copy = [BFloat16](repeating: BFloat16(9), count: 1_203)
  var tensors: [[Float]] { parameters.cut(into: Self.sizes) }
  var copies: [[BFloat16]] { copy.cut(into: Self.sizes) }

  init(_ storage: MomentStorage) throws {
    let hyperparameters = Hyperparameters(learningRate: 0.01, weightDecay: 0.1)
    optimizer = try AdEMAMix([
      ParameterGroup(
        "a", sizes: [700, 3], hyperparameters, storage: storage),
      ParameterGroup(
        "b", sizes: [0], hyperparameters.with(\.beta1, 0), storage: storage),
      ParameterGroup(
        "c", sizes: [500], hyperparameters, isFrozen: true, storage: storage),
    ])
  }

  static func gradients(_ step: Int) -> [BFloat16] {
    (sample(1_203, step + 10) as [Float]).map { BFloat16($0) }
  }

  /// Calls `body` with buffers of all tensors.
  mutating func withBuffers(
    _ gradients: [BFloat16] = [],
    _ body: (inout AdEMAMix<Float>, inout MixedBuffers) throws -> Void
  ) throws {
    try unsafe parameters.withUnsafeMutableBufferPointer { parameters in
      try unsafe copy.withUnsafeMutableBufferPointer { copy in
        try unsafe gradients.withUnsafeBufferPointer { gradients in
          var start = 0
          var tensors = MixedBuffers()
          for size in Self.sizes {
            let range = start..<(start + size)
            unsafe tensors.parameters.append(
              UnsafeMutableBufferPointer(rebasing: parameters[range]))
            unsafe tensors.copies.append(
              UnsafeMutableBufferPointer(rebasing: copy[range]))
            start += size
          }
          unsafe tensors.gradients = unsafe gradients.cut(into: Self.sizes)
          try body(&optimizer, &tensors)
        }
      }
    }
  }
}

/// Buffers of master weights, gradients and copies.
@safe private struct MixedBuffers {
  var parameters: [UnsafeMutableBufferPointer<Float>] = unsafe []
  var gradients: [UnsafeBufferPointer<BFloat16>] = unsafe []
  var copies: [UnsafeMutableBufferPointer<BFloat16>] = unsafe []
}

@Suite struct `Memory in bfloat16` {
  @Test(arguments: [MomentStorage.full, .compact, .minimal])
  func `may lie in separate arrays and buffers, with the same bits`(
    storage: MomentStorage
  ) throws {
    for hasOptions in [false, true] {
      var flat = try MixedRun(storage)
      var arrays = try MixedRun(storage)
      var buffers = try MixedRun(storage)
      if hasOptions {
        var options = StepOptions()
        options.accumulation = .mean(over: 2)
        options.clipping = .globalNorm(1)
        options.isCautious = true
        flat.optimizer.options = options
        arrays.optimizer.options = options
        buffers.optimizer.options = options
      }
      for step in 0..<7 {
        let gradients = MixedRun.gradients(step)
        try flat.optimizer.step(
          &flat.parameters, gradients: gradients, bfloat16Copy: &flat.copy)
        var (tensors, copies) = (arrays.tensors, arrays.copies)
        try arrays.optimizer.step(
          &tensors, gradients: gradients.cut(into: MixedRun.sizes),
          bfloat16Copy: &copies)
        arrays.parameters = Array(tensors.joined())
        arrays.copy = Array(copies.joined())
        try buffers.withBuffers(gradients) {
          try unsafe $0.step(
            &$1.parameters, gradients: $1.gradients, bfloat16Copy: &$1.copies)
        }
      }
      if hasOptions {
        try flat.optimizer.completeStep(
          &flat.parameters, bfloat16Copy: &flat.copy)
        var (tensors, copies) = (arrays.tensors, arrays.copies)
        try arrays.optimizer.completeStep(&tensors, bfloat16Copy: &copies)
        arrays.parameters = Array(tensors.joined())
        arrays.copy = Array(copies.joined())
        try buffers.withBuffers {
          try unsafe $0.completeStep(&$1.parameters, bfloat16Copy: &$1.copies)
        }
      }
      #expect(flat.optimizer.stepCount == (hasOptions ? 4 : 7))
      let areEqual =
        arrays.parameters == flat.parameters
        && buffers.parameters == flat.parameters
      #expect(areEqual)
      let haveEqualCopies =
        arrays.copy == flat.copy && buffers.copy == flat.copy
      #expect(haveEqualCopies)
      let haveEqualMoments =
        arrays.optimizer.copyMoments() == flat.optimizer.copyMoments()
        && buffers.optimizer.copyMoments() == flat.optimizer.copyMoments()
      #expect(haveEqualMoments)
      // Those of frozen groups stay, and the others are up to date.
      let isRounded =
        flat.copy[..<703]
        .elementsEqual(flat.parameters[..<703].map { BFloat16($0) })
      #expect(isRounded)
      #expect(flat.copy[703...].allSatisfy { $0 == BFloat16(9) })
    }
  }

  @Test(arguments: [MomentStorage.full, .compact])
  func `may be the gradients alone`(storage: MomentStorage) throws {
    var narrow = try MixedRun(storage)
    var wide = try MixedRun(storage)
    wide.optimizer.engine = .fused
    for step in 0..<5 {
      let gradients = MixedRun.gradients(step)
      try narrow.withBuffers(gradients) {
        try unsafe $0.step(&$1.parameters, gradients: $1.gradients)
      }
      try wide.optimizer.step(
        &wide.parameters, gradients: gradients.map { Float($0) })
    }
    let areEqual = narrow.parameters == wide.parameters
    #expect(areEqual)
    let haveEqualMoments =
      narrow.optimizer.copyMoments() == wide.optimizer.copyMoments()
    #expect(haveEqualMoments)
    #expect(narrow.copy.allSatisfy { $0 == BFloat16(9) })
  }

  @Test(arguments: [MomentStorage.full, .minimal])
  func `may be that of an update alone`(storage: MomentStorage) throws {
    var narrow = try MixedRun(storage)
    var wide = try MixedRun(storage)
    wide.optimizer.engine = .fused
    for step in 0..<5 {
      let gradients = MixedRun.gradients(step)
      try narrow.optimizer.writeUpdate(
        into: &narrow.parameters, gradients: gradients)
      try wide.optimizer.writeUpdate(
        into: &wide.parameters, gradients: gradients.map { Float($0) })
    }
    let areEqual = narrow.parameters == wide.parameters
    #expect(areEqual)
    #expect(narrow.parameters[703...].allSatisfy { $0 == 0 })
    #expect(narrow.parameters.contains { $0 != 0 })
  }

  @Test func `fills copies of separate arrays and buffers`() throws {
    var run = try MixedRun(.full)
    let expected = run.parameters.map { BFloat16($0) }
    var copies = run.copies
    try run.optimizer.round(run.tensors, into: &copies)
    #expect(Array(copies.joined()) == expected)
    try run.withBuffers { try unsafe $0.round($1.parameters, into: &$1.copies) }
    #expect(run.copy == expected)
  }

  @Test func `of wrong counts is refused, and nothing changes`() throws {
    var run = try MixedRun(.full)
    let gradients = MixedRun.gradients(0).cut(into: MixedRun.sizes)
    func expectRefusal(
      _ error: AdEMAMixError, _ gradients: [[BFloat16]],
      _ copies: [[BFloat16]]
    ) {
      var (tensors, copies) = (run.tensors, copies)
      let before = copies
      #expect(throws: error) {
        try run.optimizer.step(
          &tensors, gradients: gradients, bfloat16Copy: &copies)
      }
      #expect(tensors == run.tensors && copies == before)
    }
    expectRefusal(
      .tensorCount(0, expected: 4), gradients, [])
    expectRefusal(.tensorCount(0, expected: 4), [], run.copies)
    var short = run.copies
    short[1] = [BFloat16(1)]
    expectRefusal(
      .tensorCopyCount(1, expected: 3, tensor: "a.1"), gradients, short)
    short = gradients
    short[0] = []
    expectRefusal(
      .tensorGradientCount(0, expected: 700, tensor: "a.0"), short, run.copies)
    #expect(run.optimizer.stepCount == 0)
  }

  @Test func `must not share a copy with other memory`() throws {
    var run = try MixedRun(.full)
    let (before, copy) = (run.parameters, run.copy)
    try run.withBuffers(MixedRun.gradients(0)) { optimizer, tensors in
      func expectOverlap(
        _ first: String, _ second: String, _ tensors: MixedBuffers
      ) {
        var tensors = tensors
        #expect(throws: AdEMAMixError.overlappingTensors(first, second)) {
          try unsafe optimizer.step(
            &tensors.parameters, gradients: tensors.gradients,
            bfloat16Copy: &tensors.copies)
        }
      }
      var shared = tensors
      unsafe shared.copies[3] = UnsafeMutableBufferPointer(
        start: tensors.copies[0].baseAddress, count: 500)
      expectOverlap("a.0", "c.0", shared)
      shared = tensors
      unsafe shared.gradients[0] = UnsafeBufferPointer(tensors.copies[0])
      expectOverlap("a.0", "a.0", shared)
    }
    #expect(run.parameters == before && run.copy == copy)
    // Gradients may be shared.
    try run.withBuffers(MixedRun.gradients(0)) { optimizer, tensors in
      unsafe tensors.gradients[1] = UnsafeBufferPointer(
        rebasing: tensors.gradients[0][..<3])
      try unsafe optimizer.step(
        &tensors.parameters, gradients: tensors.gradients,
        bfloat16Copy: &tensors.copies)
    }
    #expect(run.optimizer.stepCount == 1)
  }
}

@Suite struct `An engine that was never named` {
  private let hyperparameters = Hyperparameters(learningRate: 0.1)

  @Test func `follows from the storage of the groups`() throws {
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup("w", sizes: [300], hyperparameters)
    ])
    #expect(optimizer.engine == .blas)
    try optimizer.updateGroup("w") { $0.storage = .compact }
    #expect(optimizer.engine == .fused)
    var parameters = [Float](repeating: 1, count: 300)
    try optimizer.step(&parameters, gradients: parameters)
    #expect(optimizer.stepCount == 1)
    try optimizer.updateGroup("w") { $0.storage = .full }
    #expect(optimizer.engine == .blas)
    #expect(
      throws: AdEMAMixError.storageNeedsFusedEngine(.blas, group: "w")
    ) {
      _ = try AdEMAMix<Float>(
        [
          ParameterGroup(
            "w", sizes: [300], hyperparameters, storage: .compact)
        ], engine: .blas)
    }
    // An engine that is named stays, and what it cannot do is refused.
    optimizer.engine = .blas
    #expect(
      throws: AdEMAMixError.storageNeedsFusedEngine(.blas, group: "w")
    ) { try optimizer.updateGroup("w") { $0.storage = .compact } }
  }

  @Test func `is fused for memory in bfloat16, with the bits of fused`() throws
  {
    var unnamed = try AdEMAMix<Float>([
      ParameterGroup("w", sizes: [300], hyperparameters)
    ])
    var fused = try unnamed.copy()
    fused.engine = .fused
    var parameters: [Float] = sample(300)
    var expected = parameters
    var copy = parameters.map { BFloat16($0) }
    let gradients = copy
    try unnamed.step(&parameters, gradients: gradients, bfloat16Copy: &copy)
    try fused.step(&expected, gradients: gradients, bfloat16Copy: &copy)
    #expect(parameters == expected)
    #expect(unnamed.engine == .blas)
  }
}

@Suite struct `An optimizer's settings` {
  @Test func `are variables as well as literals`() throws {
    let (rate, decay) = (0.25, 0.5)
    let hyperparameters = Hyperparameters(
      learningRate: rate, weightDecay: decay)
    #expect(hyperparameters.learningRate == .constant(0.25))
    #expect(hyperparameters.weightDecay == .constant(0.5))
    #expect(hyperparameters.beta3 == 0.9999)
    let mixed = Hyperparameters(
      learningRate: .linear(from: 0, to: 1, over: 3), alpha: 8)
    #expect(mixed.alpha == .constant(8))
  }

  @Test func `are given once, and checked then`() throws {
    var options = StepOptions()
    options.clipping = .value(0)
    let group = ParameterGroup(
      "w", sizes: [3], Hyperparameters(learningRate: 0.1))
    #expect(
      throws: AdEMAMixError.optionOutOfRange(.clippingLimit, value: 0)
    ) { _ = try AdEMAMix<Float>([group], options: options) }
    options.clipping = .value(0.5)
    var optimizer = try AdEMAMix<Float>([group], options: options)
    #expect(optimizer.options == options)
    var parameters: [Float] = [1, 1, 1]
    try optimizer.step(&parameters, gradients: [4, -4, 0.25])
    #expect(abs(optimizer.copyMoments()[0].fast[0] - 0.05) < 1e-7)
  }

  @Test func `tell the threads, and take others`() throws {
    var optimizer = try AdEMAMix<Float>(
      [ParameterGroup("w", sizes: [3], Hyperparameters(learningRate: 0.1))],
      threads: 3)
    #expect(optimizer.threadCount == 3)
    optimizer.threadCount = 1
    #expect(optimizer.threadCount == 1)
    #expect(try optimizer.copy().threadCount == 1)
    var parameters: [Float] = [1, 1, 1]
    try optimizer.step(&parameters, gradients: parameters)
    #expect(optimizer.stepCount == 1)
  }
}
