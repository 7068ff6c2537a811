//===--- SaveTests.swift - what a file has, and what has none -------------===//
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

@Suite struct `A state that could not be loaded` {
  @Test func `is not saved`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var optimizer = try smallRun()
    var parameters = [Float](repeating: 1, count: 8)
    var average = try ParameterAverage(of: parameters, decay: 0.5)
    try optimizer.save(to: path, parameters: parameters)
    let file = try content(of: path)
    func error() -> CheckpointError? {
      thrownError { () throws(CheckpointError) in
        try optimizer.save(
          to: path, parameters: parameters, average: average)
      }
    }
    optimizer.options.clipping = .value(0)
    #expect(
      error() == .invalidState(.optionOutOfRange(.clippingLimit, value: 0)))
    optimizer.options.clipping = nil
    var swapped = parameters
    try average.swap(with: &swapped)
    #expect(error() == .invalidAverage(.isSwappedIn))
    average = try ParameterAverage(of: [1, 2], decay: 0.5)
    #expect(error() == .averageCount(2, expected: 8))
    for key in ["format", "ademamix.", "ademamix.x", "crc32c", "crc32c.w"] {
      #expect(
        thrownError { () throws(CheckpointError) in
          try optimizer.save(to: path, metadata: [key: "", "seed": ""])
        } == .reservedMetadataKey(key))
    }
    let missing = folder.file("missing/f")
    #expect(
      thrownError { () throws(CheckpointError) in
        try optimizer.save(to: missing)
      }
        == .file(
          .file(FileError(.open, folder.file("missing/"), code: ENOENT))))
    #expect(try content(of: path) == file)
    #expect(try folder.names() == ["f"])
    parameters[0] = 2
    average = try ParameterAverage(of: parameters, decay: 0.5)
    #expect(error() == nil)
  }

  /// Schedules that are right by now, but were not at the first step, and those
  /// that will not be at the next.
  @Test func `is none whose schedules have only become right`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var optimizer = try smallRun()
    optimizer.options = StepOptions()
    var parameters = [Float](repeating: 1, count: 8)
    for _ in 0..<10 {
      try optimizer.step(&parameters, gradients: parameters)
    }
    try optimizer.updateGroup("a") {
      $0.hyperparameters.learningRate = .linear(from: -1, to: 1, over: 10)
    }
    try optimizer.updateGroup("b") {
      $0.hyperparameters.learningRate = .linear(from: 10, to: -1, over: 11)
    }
    try optimizer.step(&parameters, gradients: parameters)
    try optimizer.save(to: path, parameters: parameters)
    let resumed = try Checkpoint<Float>(path).optimizer()
    #expect(resumed.record == optimizer.record)
    #expect(throws: AdEMAMixError.self) {
      try optimizer.step(&parameters, gradients: parameters)
    }
  }
}

@Suite struct `A checkpoint` {
  @Test func `has all numbers as they were`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var optimizer = try smallRun()
    optimizer.options.clipping = .blockRMS(.infinity)
    optimizer.options.updateClipping = .leastNonzeroMagnitude
    optimizer.lastArguments.gradientScale = 0.1 + 0.2
    optimizer.options.nonFiniteGradients = .skipStep(limit: .max)
    try optimizer.updateGroup("a") {
      $0.hyperparameters.epsilonRoot = .leastNormalMagnitude
      $0.hyperparameters.weightDecay = .joined(
        schedules: [
          .exponentialDecay(from: 1.0 / 3, rate: 0.1, over: 7, limit: 1e-300),
          .piecewiseConstant(
            from: .greatestFiniteMagnitude,
            changes: [.init(at: .max, factor: 0.7)]),
          .cosineDecay(from: .pi, over: .max, exponent: 0.3),
        ], boundaries: [1 << 60, .max])
    }
    try optimizer.restore(stepCount: 1 << 53, moments: optimizer.copyMoments())
    try optimizer.save(to: path)
    let loaded = try Checkpoint<Float>(path).optimizer()
    #expect(loaded.record == optimizer.record)
  }

  @Test func `is one that loads after any number of steps`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var optimizer = try smallRun()
    optimizer.options.accumulation = nil
    optimizer.options.nonFiniteGradients = .zeroElements
    var parameters = [Float](repeating: 1, count: 8)
    var average = try ParameterAverage(of: parameters, decay: 0.5)
    var moments = optimizer.copyMoments()
    for index in moments.indices {
      moments[index].stepCounts = MomentStepCounts(1 << 53 - 1)
    }
    try optimizer.restore(stepCount: 1 << 53 - 1, moments: moments)
    try average.restore(updateCount: 1 << 53 - 1, values: parameters)
    var last: [Int] = []
    for _ in 0..<3 {
      try optimizer.step(&parameters, gradients: [.nan, 1, 2, 3, 4, 5, 6, 7])
      try average.update(with: parameters)
      try optimizer.save(to: path, parameters: parameters, average: average)
      let checkpoint = try Checkpoint<Float>(path)
      #expect(try checkpoint.optimizer().record == optimizer.record)
      #expect(try checkpoint.average().record == average.record)
      last.append(checkpoint.stepCount)
    }
    #expect(last == [1 << 53, 1 << 53, 1 << 53])
    #expect(optimizer.zeroedElementCount == 3)
    #expect(average.updateCount == 1 << 53)
  }

  @Test func `is one that loads after any damping`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var optimizer = try smallRun()
    optimizer.options.accumulation = nil
    var parameters = [Float](repeating: 1, count: 8)
    try optimizer.step(&parameters, gradients: parameters)
    for factor in [0.5, 1e-300, 1e-200, .leastNonzeroMagnitude, 0] {
      try optimizer.dampSlowMoment(by: factor)
      try optimizer.save(to: path)
      let loaded = try Checkpoint<Float>(path).optimizer()
      #expect(loaded.record == optimizer.record)
      #expect(loaded.copyMoments() == optimizer.copyMoments())
    }
  }

  @Test func `has any names, and metadata`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let names = [
      "", "/", "a/b", "__metadata__", "crc32c", "parameter/x", "m1/x",
      "naïve \u{1F600} \"quoted\" \\ \n\0", "x",
    ]
    let metadata = Dictionary(
      uniqueKeysWithValues: names.filter { !$0.hasPrefix("crc") }.map {
        ($0, $0 + $0)
      })
    let optimizer = try AdEMAMix<Float>(
      ParameterLayout(names.map { TensorSpec($0, count: 1) }) {
        ParameterGroup($0.name, Hyperparameters(learningRate: 0.1))
      })
    let parameters = names.indices.map(Float.init)
    try optimizer.save(to: path, parameters: parameters, metadata: metadata)
    let checkpoint = try Checkpoint<Float>(path)
    #expect(checkpoint.metadata == metadata)
    #expect(checkpoint.layout == optimizer.layout)
    #expect(try checkpoint.parameters() == parameters)
    #expect(try checkpoint.optimizer().record == optimizer.record)
  }
}
