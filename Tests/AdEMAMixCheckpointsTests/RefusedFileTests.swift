//===--- RefusedFileTests.swift - files that are refused change nothing ---===//
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

@Suite struct `A file that does not fit` {
  @Test(arguments: Refusal.all)
  func `is refused, and changes nothing`(refusal: Refusal) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var file = try AlteredFile(path, refusal.storages)
    try refusal.change(&file)
    try file.write(to: path)
    try expect(refusal.error, path, refusal.storages)
  }

  /// Loads a file in every way there is.
  private func expect(
    _ expected: CheckpointError, _ path: String, _ storages: SmallStorages
  ) throws {
    var optimizer = try smallRun(storages)
    var parameters = [Float](repeating: 1, count: 8)
    var average = try ParameterAverage(of: parameters, decay: 0.5)
    for _ in 0..<5 {
      try optimizer.step(&parameters, gradients: parameters)
      try average.update(with: parameters)
    }
    let record = optimizer.record, moments = optimizer.copyMoments()
    let oldParameters = parameters
    let averageRecord = average.record, values = try average.values()

    #expect(
      matches(expected, path) { () throws(CheckpointError) in
        try optimizer.load(
          from: path, parameters: &parameters, average: &average)
      })
    #expect(
      matches(expected, path) { () throws(CheckpointError) in
        let checkpoint = try Checkpoint<Float>(path)
        _ = try checkpoint.parameters()
        _ = try checkpoint.optimizer()
        _ = try checkpoint.average()
      })
    #expect(optimizer.record == record)
    #expect(optimizer.copyMoments() == moments)
    #expect(parameters == oldParameters)
    #expect(average.record == averageRecord)
    #expect(try average.values() == values)
  }

  /// Whether a call throws an error: NaN equals nothing, and what a decoder
  /// says is its own.
  private func matches(
    _ expected: CheckpointError, _ path: String,
    _ body: () throws(CheckpointError) -> Void
  ) -> Bool {
    let error = thrownError(body)
    if expected.description.hasSuffix("': "), let error {
      return error.code == .malformed
        && error.description.hasPrefix(expected.description)
    }
    return error.map { "\($0)".replacing("'\(path)'", with: "'f'") }
      == "\(expected)"
  }

  /// A thread with the stack that Dispatch's have on some systems.
  @Test func `is refused on a small stack too`() throws {
    let folder = try TemporaryFolder()
    let deep = Refusal.all.filter {
      $0.error.description.hasPrefix("the checkpoint's '")
    }
    for (index, refusal) in deep.enumerated() {
      let path = folder.file("\(index)")
      var file = try AlteredFile(path, refusal.storages)
      try refusal.change(&file)
      try file.write(to: path)
      let end = DispatchSemaphore(value: 0)
      let thread = Thread {
        #expect(
          thrownError { () throws(CheckpointError) in
            _ = try Checkpoint<Float>(path)
          } != nil)
        end.signal()
      }
      thread.stackSize = 512 << 10
      thread.start()
      end.wait()
    }
  }

  @Test func `is not one with schedules as deep as the limit`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    func deepest(_ value: Double) -> HyperparameterSchedule {
      (0..<HyperparameterSchedule.depthLimit).reduce(.constant(value)) {
        inner, _ in
        .joined(schedules: [inner], boundaries: [])
      }
    }
    var optimizer = try smallRun()
    try optimizer.updateGroups {
      $0.hyperparameters.learningRate = deepest(0.25)
      $0.hyperparameters.weightDecay = deepest(0.1)
    }
    optimizer.options.accumulation = .mean(over: deepest(1))
    let average = try ParameterAverage<Float>(
      of: [Float](repeating: 1, count: 8), decay: deepest(0.5))
    var parameters = [Float](repeating: 1, count: 8)
    try optimizer.step(&parameters, gradients: parameters)
    try optimizer.save(to: path, parameters: parameters, average: average)
    let record = optimizer.record
    let end = DispatchSemaphore(value: 0)
    let thread = Thread {
      var isSame = false
      let error = thrownError { () throws(CheckpointError) in
        let checkpoint = try Checkpoint<Float>(path)
        let loaded = try checkpoint.optimizer()
        isSame = loaded.record == record
        _ = try checkpoint.average()
        try loaded.save(to: path)
      }
      #expect(error == nil && isSame)
      end.signal()
    }
    thread.stackSize = 512 << 10
    thread.start()
    end.wait()
  }

  @Test func `is one with a state that it does not have`() throws {
    let folder = try TemporaryFolder()
    var file = try AlteredFile(folder.file("f"))
    // Memory for it must not be asked for.
    try file.enlarge(frozen: false)
    try file.write(to: folder.file("f"))
    #expect(
      thrownError { () throws(CheckpointError) in
        _ = try Checkpoint<Float>(folder.file("f")).optimizer()
      } == .storedBuffers([], group: "a"))
  }

  /// A list of many buffers would take memory for as many names of each tensor.
  @Test func `is one that lists a buffer twice, as soon as it is opened`()
    throws
  {
    let folder = try TemporaryFolder()
    var file = try AlteredFile(folder.file("f"))
    try file.replace(#""residue""#, by: #""sum""#)
    file.tensors["residue/w"] = nil
    try file.write(to: folder.file("f"))
    #expect(
      thrownError { () throws(CheckpointError) in
        _ = try Checkpoint<Float>(folder.file("f"))
      } == .storedBuffers(["m1", "m2", "nu", "sum", "sum"], group: "a"))
  }

  /// Double loses too little to keep it.
  @Test func `is one with what rounding has lost of doubles`() throws {
    let folder = try TemporaryFolder()
    var file = try AlteredFile(folder.file("f"))
    file.metadata["ademamix.scalar"] = "F64"
    file.tensors = file.tensors.mapValues {
      (.float64, $0.shape, [UInt8](repeating: 0, count: 2 * $0.bytes.count))
    }
    try file.write(to: folder.file("f"))
    #expect(
      thrownError { () throws(CheckpointError) in
        _ = try Checkpoint<Double>(folder.file("f")).optimizer()
      }
        == .storedBuffers(["m1", "m2", "nu", "sum", "residue"], group: "a"))
  }

  @Test func `is not one with a second moment of -0 or NaN`() throws {
    let folder = try TemporaryFolder()
    var file = try AlteredFile(folder.file("f"))
    file.set("nu/w", [-0.0, .nan, -.nan, .infinity])
    try file.write(to: folder.file("f"))
    let optimizer = try Checkpoint<Float>(folder.file("f")).optimizer()
    #expect(optimizer.copyMoments()[0].second[0].sign == .minus)
    #expect(optimizer.copyMoments()[0].second[1].isNaN)
  }

  @Test func `is one of another layout`() throws {
    let folder = try TemporaryFolder()
    _ = try AlteredFile(folder.file("f"))
    let hyperparameters = Hyperparameters(learningRate: 0.1)
    func group(_ name: String, _ tensors: [(String, [Int])]) -> ParameterGroup {
      ParameterGroup(
        name, tensors: tensors.map { TensorSpec($0.0, shape: $0.1) },
        hyperparameters)
    }
    func error(
      _ groups: [ParameterGroup], shard: Range<Int>? = nil
    ) throws -> CheckpointError? {
      var optimizer = try AdEMAMix<Float>(
        ParameterLayout(groups), shard: shard)
      return thrownError { () throws(CheckpointError) in
        try optimizer.load(from: folder.file("f"))
      }
    }
    let a = group("a", [("w", [2, 3]), ("none", [0, 2])])
    let b = group("b", [("b.0", [2])])
    #expect(try error([a, b]) == nil)
    #expect(try error([a]) == .groups(["a", "b"], expected: ["a"]))
    #expect(try error([b, a]) == .groups(["a", "b"], expected: ["b", "a"]))
    #expect(
      try error([group("a", [("w", [2, 3])]), b])
        == .groupTensors(["w", "none"], expected: ["w"], group: "a"))
    #expect(
      try error([group("a", [("none", [0, 2]), ("w", [2, 3])]), b])
        == .groupTensors(
          ["w", "none"], expected: ["none", "w"], group: "a"))
    #expect(
      try error([group("a", [("w", [3, 2]), ("none", [0, 2])]), b])
        == .shape([2, 3], expected: [3, 2], tensor: "w"))
    #expect(
      try error([group("a", [("w", [2, 3]), ("none", [0])]), b])
        == .shape([0, 2], expected: [0], tensor: "none"))
    #expect(
      try error([a, b], shard: 0..<7) == .shard(0..<8, expected: 0..<7))
  }
}
