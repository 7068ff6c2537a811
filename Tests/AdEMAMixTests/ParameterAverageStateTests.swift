//===--- ParameterAverageStateTests.swift - decay, state, and refusals ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `The decay of an average` {
  @Test func `is a function of the completed updates`() throws {
    var average = try ParameterAverage<Double>(
      of: [1], decay: .joined(schedules: [0.5, 0.25], boundaries: [1]))
    try average.update(with: [3])
    #expect(try average.values() == [2])
    try average.update(with: [6])
    #expect(try average.values() == [5])
    #expect(average.updateCount == 2)
  }

  @Test(arguments: [1, 1.5, -0.1, .nan, .infinity])
  func `is refused out of its range, and nothing changes`(
    decay: Double
  ) throws {
    func isExpected(_ error: AdEMAMixError?, _ count: Int) -> Bool {
      // The description, since NaN is not equal to itself.
      error?.description
        == "the decay is \(decay) after \(count) updates: it must lie in 0 ..< 1"
    }
    let atOnce = #expect(throws: AdEMAMixError.self) {
      _ = try ParameterAverage<Float>(of: [1], decay: .constant(decay))
    }
    #expect(isExpected(atOnce, 0))

    let later = HyperparameterSchedule.joined(
      schedules: [0.5, .constant(decay)], boundaries: [2])
    for shape in CallShape.allCases {
      var average = try ParameterAverage<Float>(
        shape, of: sample(300), sizes: [300], decay: later)
      for seed in 1...2 {
        try average.update(
          shape, with: sample(300, seed), sizes: [300])
      }
      let values = try average.values()
      let thrown = #expect(throws: AdEMAMixError.self) {
        try average.update(shape, with: sample(300, 3), sizes: [300])
      }
      #expect(isExpected(thrown, 2))
      #expect(try average.values() == values)
      #expect(average.updateCount == 2)
    }
  }

  @Test func `is refused where its schedule breaks a rule`() {
    #expect(throws: AdEMAMixError.invalidDecay(.negativeCount(-1))) {
      _ = try ParameterAverage<Float>(
        of: [1], decay: .linear(from: 0, to: 0.5, over: -1))
    }
  }
}

@Suite struct `The state of an average` {
  @Test func `carries on where it is restored`() throws {
    let decay = HyperparameterSchedule.linear(from: 0.5, to: 0.9, over: 40)
    var average = try ParameterAverage<Double>(of: sample(300), decay: decay)
    for seed in 0..<30 {
      try average.update(with: sample(300, seed))
    }
    // Nothing of its own past must be left.
    var resumed = try ParameterAverage<Double>(of: sample(300, 9), decay: decay)
    try resumed.update(with: sample(300, 8))
    try resumed.restore(
      updateCount: average.updateCount, values: average.values())
    #expect(resumed.updateCount == 30)
    #expect(try resumed.values() == (try average.values()))
    for seed in 30..<60 {
      try average.update(with: sample(300, seed))
      try resumed.update(with: sample(300, seed))
    }
    let isClose = zip(try resumed.values(), try average.values()).allSatisfy {
      abs($0 - $1) <= 1e-14
    }
    #expect(isClose)
  }

  @Test func `stays where a state is refused`() throws {
    var average = try ParameterAverage<Float>(of: sample(3), decay: 0.5)
    try average.update(with: sample(3, 1))
    let values = try average.values()
    for count in [-1, 1 << 53 + 1, .max] {
      #expect(throws: AdEMAMixError.updateCount(count)) {
        try average.restore(updateCount: count, values: sample(3))
      }
    }
    for count in [0, 2, 4] {
      #expect(throws: AdEMAMixError.parameterCount(count, expected: 3)) {
        try average.restore(updateCount: 5, values: sample(count))
      }
    }
    #expect(try average.values() == values)
    #expect(average.updateCount == 1)
  }

  @Test func `is cloned, and goes on with the same bits`() throws {
    var average = try ParameterAverage<Float>(
      .arrays, of: sample(300), sizes: [100, 200], decay: 0.9, threads: 3)
    for seed in 1..<9 { try average.update(with: sample(300, seed)) }
    var clone = try average.copy()
    let values = try clone.values()
    #expect(clone.decay == 0.9)
    #expect(clone.count == 300)
    #expect(clone.threadSplit.threadCount == 3)
    #expect(values == (try average.values()))

    try average.update(with: sample(300, 9))
    #expect(try clone.values() == values)
    #expect(clone.updateCount == 8)
    try clone.update(.arrays, with: sample(300, 9), sizes: [100, 200])
    #expect(try clone.values() == (try average.values()))
    #expect(clone.updateCount == 9)
  }
}

@Suite struct `An average changes nothing where it refuses` {
  @Test(arguments: [CallShape.array, .span, .buffer], [0, 299, 301])
  func `a wrong count`(shape: CallShape, wrong: Int) throws {
    try expectRefusal(.parameterCount(wrong, expected: 300)) {
      try $0.update(shape, with: sample(wrong, 2), sizes: [wrong])
    }
    var parameters: [Float] = sample(wrong, 2)
    try expectRefusal(.parameterCount(wrong, expected: 300)) {
      try $0.swap(shape, with: &parameters, sizes: [wrong])
    }
    #expect(parameters == sample(wrong, 2))
  }

  @Test(
    arguments: [CallShape.tensorBuffers, .arrays],
    [
      ([300], AdEMAMixError.tensorCount(1, expected: 2)),
      ([100, 200, 0], .tensorCount(3, expected: 2)),
      ([100, 199], .tensorParameterCount(199, expected: 200, tensor: 1)),
      ([101, 199], .tensorParameterCount(101, expected: 100, tensor: 0)),
    ])
  func `wrong counts of tensors`(
    shape: CallShape, wrong: (sizes: [Int], error: AdEMAMixError)
  ) throws {
    let count = wrong.sizes.reduce(0, +)
    try expectRefusal(wrong.error) {
      try $0.update(shape, with: sample(count, 2), sizes: wrong.sizes)
    }
    var parameters: [Float] = sample(count, 2)
    try expectRefusal(wrong.error) {
      try $0.swap(shape, with: &parameters, sizes: wrong.sizes)
    }
    #expect(parameters == sample(count, 2))
  }

  @Test func `misaligned memory`() throws {
    var memory: [Float] = sample(301)
    try unsafe memory.withUnsafeMutableBytes { memory in
      guard let start = memory.baseAddress else { return }
      var skewed = unsafe UnsafeMutableBufferPointer(
        start: (start + 1).assumingMemoryBound(to: Float.self), count: 300)
      var tensors = unsafe [
        UnsafeMutableBufferPointer(
          start: start.assumingMemoryBound(to: Float.self), count: 100),
        UnsafeMutableBufferPointer(rebasing: skewed[100...]),
      ]
      let address = UInt(bitPattern: start) + 1
      let flat = AdEMAMixError.misalignedBuffer(
        address: address, alignment: 4, tensor: nil)
      let separate = AdEMAMixError.misalignedBuffer(
        address: address + 400, alignment: 4, tensor: 1)
      try expectRefusal(flat) {
        try unsafe $0.update(with: skewed)
      }
      try expectRefusal(flat) {
        try unsafe $0.swap(with: &skewed)
      }
      try expectRefusal(flat) { _ in
        _ = try unsafe ParameterAverage<Float>(
          of: skewed, decay: 0.5)
      }
      try expectRefusal(separate) { try unsafe $0.update(with: tensors) }
      try expectRefusal(separate) { try unsafe $0.swap(with: &tensors) }
      try expectRefusal(separate) { _ in
        _ = try unsafe ParameterAverage<Float>(of: tensors, decay: 0.5)
      }
    }
    #expect(memory == sample(301))
  }

  @Test(arguments: [(0, 99), (99, 0), (100, 250), (0, 0)])
  func `tensors that overlap`(first: Int, second: Int) throws {
    var memory: [Float] = sample(500)
    try unsafe memory.withUnsafeMutableBufferPointer { memory in
      var tensors = unsafe [
        UnsafeMutableBufferPointer(rebasing: memory[first..<(first + 100)]),
        UnsafeMutableBufferPointer(rebasing: memory[second..<(second + 200)]),
      ]
      let error = AdEMAMixError.overlappingTensors(0, 1)
      if first + 100 > second, second + 200 > first {
        try expectRefusal(error) { try unsafe $0.swap(with: &tensors) }
        try expectRefusal(error) { try unsafe $0.update(with: tensors) }
        try expectRefusal(error) { _ in
          _ = try unsafe ParameterAverage<Float>(of: tensors, decay: 0.5)
        }
      } else {
        // Lying apart, they are taken.
        var average = try unsafe ParameterAverage<Float>(
          of: tensors, decay: 0.5)
        try unsafe average.swap(with: &tensors)
        #expect(average.isSwappedIn == true)
      }
    }
    #expect(memory == sample(500))
  }

  @Test func `to be made without threads or room`() {
    #expect(throws: AdEMAMixError.threadCount(0)) {
      _ = try ParameterAverage<Float>(of: [1], decay: 0.5, threads: 0)
    }
    var scalar: Float = 1
    unsafe withUnsafePointer(to: &scalar) { scalar in
      for (count, byteCount) in [(1 << 55, 1 << 57), (.max / 2, Int.max)] {
        let buffer = unsafe UnsafeBufferPointer(start: scalar, count: count)
        #expect(
          throws: AdEMAMixError.outOfMemory(byteCount: byteCount)
        ) {
          _ = try unsafe ParameterAverage<Float>(
            of: buffer, decay: 0.5)
        }
        let tensor = unsafe UnsafeMutableBufferPointer(mutating: buffer)
        #expect(
          throws: AdEMAMixError.outOfMemory(byteCount: .max)
        ) {
          _ = try unsafe ParameterAverage<Float>(
            of: Array(repeating: tensor, count: 300), decay: 0.5)
        }
      }
    }
  }

  /// Expects a call to throw, and to leave the average of tensors of 100 and
  /// 200 elements alone.
  private func expectRefusal(
    _ error: AdEMAMixError,
    sourceLocation: SourceLocation = #_sourceLocation,
    by call: (inout ParameterAverage<Float>) throws -> Void
  ) throws {
    var average = try ParameterAverage<Float>(
      .arrays, of: sample(300), sizes: [100, 200], decay: 0.5)
    try average.update(with: sample(300, 1))
    let values = try average.values()
    #expect(throws: error, sourceLocation: sourceLocation) {
      try call(&average)
    }
    #expect(average.isSwappedIn == false, sourceLocation: sourceLocation)
    #expect(average.updateCount == 1, sourceLocation: sourceLocation)
    #expect(try average.values() == values, sourceLocation: sourceLocation)
  }
}
