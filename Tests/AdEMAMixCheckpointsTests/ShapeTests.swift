//===--- ShapeTests.swift - parameters in every shape of memory -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import SafeTensors
import TestSupport
import Testing

/// The shapes of parameters.
enum Shape: String, Sendable, CaseIterable {
  case flat, arrays, buffers
}

extension AdEMAMix {
  /// Saves flat parameters in the given shape.
  fileprivate func save(
    to path: String, _ parameters: [Scalar], as shape: Shape
  ) throws(CheckpointError) {
    switch shape {
    case .flat: try save(to: path, parameters: parameters)
    case .arrays: try save(to: path, parameters: separate(parameters))
    case .buffers:
      var parameters = parameters
      try unsafe parameters.withUnsafeMutableBufferPointer {
        (memory) throws(CheckpointError) in
        try unsafe save(to: path, parameters: buffers(memory))
      }
    }
  }

  /// Loads into flat parameters in the given shape.
  fileprivate mutating func load(
    from path: String, _ parameters: inout [Scalar], as shape: Shape
  ) throws(CheckpointError) {
    switch shape {
    case .flat: try load(from: path, parameters: &parameters)
    case .arrays:
      var arrays = separate(parameters)
      try load(from: path, parameters: &arrays)
      parameters = Array(arrays.joined())
    case .buffers:
      _ = try unsafe parameters.withUnsafeMutableBufferPointer {
        (memory) throws(CheckpointError) in
        var tensors = unsafe buffers(memory)
        return try unsafe load(from: path, parameters: &tensors)
      }
    }
  }

  private func places() -> [Range<Int>] {
    layout.tensors.map { tensor in
      let owned = tensor.range.clamped(to: shard)
      // One that the shard does not reach.
      if owned.isEmpty { return 0..<0 }
      return
        (owned.lowerBound - shard.lowerBound)..<(owned.upperBound
        - shard.lowerBound)
    }
  }

  private func separate(_ parameters: [Scalar]) -> [[Scalar]] {
    places().map { Array(parameters[$0]) }
  }

  private func buffers(
    _ memory: UnsafeMutableBufferPointer<Scalar>
  ) -> [UnsafeMutableBufferPointer<Scalar>] {
    unsafe places().map {
      unsafe UnsafeMutableBufferPointer(rebasing: memory[$0])
    }
  }
}

@Suite struct `Parameters` {
  @Test(arguments: Shape.allCases, Shape.allCases)
  func `may be saved and loaded in any shape`(
    saved: Shape, loaded: Shape
  ) throws {
    try expectSameParameters(saved, loaded, Float.self)
    try expectSameParameters(saved, loaded, Double.self)
  }

  private func expectSameParameters<Scalar: OptimizerScalar>(
    _ saved: Shape, _ loaded: Shape, _: Scalar.Type
  ) throws {
    let folder = try TemporaryFolder()
    let layout = try Scenario.named("plain").layout()
    // Shards cut tensors, and some have nothing of one, or of any.
    for shard in layout.shards(4, of: Scalar.self) + [
      0..<layout.count, 4000..<4203, 4205..<4206, 4207..<4207,
    ] {
      var optimizer = try AdEMAMix<Scalar>(layout, shard: shard)
      var parameters: [Scalar] = sample(shard.count)
      let gradients: [Scalar] = sample(shard.count, 1)
      try optimizer.step(&parameters, gradients: gradients)
      try optimizer.save(to: folder.file("flat"), parameters: parameters)
      try optimizer.save(to: folder.file("f"), parameters, as: saved)
      let areFilesEqual =
        try content(of: folder.file("f")) == content(of: folder.file("flat"))
      #expect(areFilesEqual)

      var other = try AdEMAMix<Scalar>(layout, shard: shard)
      var values = [Scalar](repeating: 7, count: shard.count)
      try other.load(from: folder.file("f"), &values, as: loaded)
      let isEqual = bytes(values) == bytes(parameters)
      #expect(isEqual, "\(shard)")
      let areMomentsEqual = other.copyMoments() == optimizer.copyMoments()
      #expect(areMomentsEqual, "\(shard)")
    }
  }

  @Test func `of the wrong count are refused`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var optimizer = try smallRun()
    let parameters: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
    try optimizer.save(to: path, parameters: parameters)
    let file = try content(of: path)

    func expectRefusal(
      _ error: CheckpointError, _ save: () throws(CheckpointError) -> Void,
      _ load: () throws(CheckpointError) -> Void
    ) {
      #expect(thrownError(save) == error)
      #expect(thrownError(load) == error)
    }
    func expectRefusal(of wrong: [Float], _ error: CheckpointError) {
      var memory = wrong
      expectRefusal(error) { () throws(CheckpointError) in
        try optimizer.save(to: path, parameters: wrong)
      } _: { () throws(CheckpointError) in
        _ = try optimizer.load(from: path, parameters: &memory)
      }
    }
    func expectRefusal(of wrong: [[Float]], _ error: CheckpointError) {
      var memory = wrong
      expectRefusal(error) { () throws(CheckpointError) in
        try optimizer.save(to: path, parameters: wrong)
      } _: { () throws(CheckpointError) in
        _ = try optimizer.load(from: path, parameters: &memory)
      }
    }
    expectRefusal(of: [Float](), .parameterCount(0, expected: 8))
    expectRefusal(
      of: [1, 2, 3, 4, 5, 6, 7] as [Float], .parameterCount(7, expected: 8))
    expectRefusal(of: [parameters], .tensorCount(1, expected: 3))
    expectRefusal(
      of: [[1, 2, 3, 4, 5, 6], [], [7, 8], []] as [[Float]],
      .tensorCount(4, expected: 3))
    expectRefusal(
      of: [[1, 2, 3, 4, 5], [], [7, 8]] as [[Float]],
      .tensorParameterCount(5, expected: 6, tensor: "w"))
    expectRefusal(
      of: [[1, 2, 3, 4, 5, 6], [7], [8]] as [[Float]],
      .tensorParameterCount(1, expected: 0, tensor: "none"))
    var none: [UnsafeMutableBufferPointer<Float>] = unsafe []
    expectRefusal(.tensorCount(0, expected: 3)) {
      () throws(CheckpointError) in
      try unsafe optimizer.save(to: path, parameters: none)
    } _: { () throws(CheckpointError) in
      _ = try unsafe optimizer.load(from: path, parameters: &none)
    }
    #expect(try content(of: path) == file)
    #expect(optimizer.stepCount == 0)
  }

  @Test func `that were not saved are not loaded`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var optimizer = try smallRun()
    try optimizer.save(to: path, metadata: ["seed": "17"])
    #expect(try Checkpoint<Float>(path).hasParameters == false)
    #expect(try optimizer.load(from: path).metadata == ["seed": "17"])
    var parameters = [Float](repeating: 1, count: 8)
    var average = try ParameterAverage(of: parameters, decay: 0.5)
    #expect(
      thrownError { () throws(CheckpointError) in
        try optimizer.load(from: path, parameters: &parameters)
      } == .noParameters)
    try optimizer.save(to: path, parameters: parameters)
    #expect(
      thrownError { () throws(CheckpointError) in
        try optimizer.load(
          from: path, parameters: &parameters, average: &average)
      } == .noAverage)
  }

  @Test func `are averaged by tensor after a save that was flat`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var optimizer = try smallRun()
    let parameters: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
    try optimizer.save(
      to: path, parameters: parameters,
      average: ParameterAverage(of: parameters, decay: 0.5))
    var tensors: [[Float]] = [[0, 0, 0, 0, 0, 0], [], [0, 0]]
    var average = try ParameterAverage(of: tensors, decay: 0.9)
    try optimizer.load(from: path, parameters: &tensors, average: &average)
    #expect(average.decay == 0.5)
    try average.update(with: tensors)
    #expect(try average.values() == parameters)
  }

  @Test func `may be none at all`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let hyperparameters = Hyperparameters(learningRate: 0.1)
    for tensors in [[], [TensorSpec("none", shape: [0, 2])]] {
      var optimizer = try AdEMAMix<Float>([
        ParameterGroup("a", tensors: tensors, hyperparameters)
      ])
      var parameters: [Float] = []
      try optimizer.step(&parameters, gradients: [])
      try optimizer.save(to: path)
      let checkpoint = try Checkpoint<Float>(path)
      #expect(checkpoint.stepCount == 1)
      #expect(
        thrownError { () throws(CheckpointError) in
          _ = try checkpoint.parameters()
        } == (tensors.isEmpty ? nil : .noParameters))
      try optimizer.save(to: path, parameters: parameters)
      #expect(try Checkpoint<Float>(path).parameters() == [])
      try optimizer.load(from: path, parameters: &parameters)
    }
  }
}

@Suite struct `Memory that no step takes` {
  @Test(arguments: [
    (0..<100, 99..<300, 0), (0..<100, 50..<251, 0), (101..<201, 0..<201, 0),
    (0..<100, 100..<301, 1),
  ])
  func `is neither saved nor loaded into`(
    first: Range<Int>, second: Range<Int>, skew: Int
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var optimizer = try AdEMAMix<Float>([
      ParameterGroup(
        "g", sizes: [first.count, second.count],
        Hyperparameters(learningRate: 0.1))
    ])
    try optimizer.save(
      to: path, parameters: [Float](repeating: 1, count: optimizer.layout.count)
    )
    var average = try ParameterAverage<Float>(
      of: [Float](repeating: 1, count: optimizer.layout.count), decay: 0.5)
    let record = optimizer.record
    var memory = (0..<310).map(Float.init)
    let original = memory
    try unsafe memory.withUnsafeMutableBytes { bytes in
      let start = unsafe try #require(bytes.baseAddress)
      let floats = unsafe (start + skew).assumingMemoryBound(to: Float.self)
      var tensors = unsafe [first, second].map {
        unsafe UnsafeMutableBufferPointer(
          start: floats + $0.lowerBound, count: $0.count)
      }
      let error =
        skew == 0
        ? AdEMAMixError.overlappingTensors("g.0", "g.1")
        : .misalignedBuffer(
          address: UInt(bitPattern: floats), alignment: 4, tensor: "g.0")
      let refusal = CheckpointError.unsuitableMemory(error)
      #expect(throws: refusal) {
        try unsafe optimizer.save(to: folder.file("g"), parameters: tensors)
      }
      #expect(throws: refusal) {
        try unsafe optimizer.save(
          to: folder.file("g"), parameters: tensors, average: average)
      }
      #expect(throws: refusal) {
        try unsafe optimizer.load(from: path, parameters: &tensors)
      }
      #expect(throws: refusal) {
        try unsafe optimizer.load(
          from: path, parameters: &tensors, average: &average)
      }
      var checkpoints = try CheckpointManager<Float>(
        in: folder.file("run"), every: 1)
      #expect(throws: refusal) {
        try unsafe checkpoints.save(optimizer, parameters: tensors)
      }
    }
    #expect(memory == original)
    #expect(optimizer.record == record)
    #expect(!FileManager.default.fileExists(atPath: folder.file("g")))
  }
}
