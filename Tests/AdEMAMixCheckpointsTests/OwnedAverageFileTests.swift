//===--- OwnedAverageFileTests.swift - averages of an optimizer in files --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import TestSupport
import Testing

@Suite struct `The average of an optimizer in a file` {
  /// An optimizer that keeps an average of its parameters.
  private struct Run: ~Copyable {
    var optimizer: AdEMAMix<Float>
    var parameters: [[Float]] = [ninths(300), ninths(5)]

    init(hasAverage: Bool = true) throws {
      var optimizer = try AdEMAMix<Float>([
        ParameterGroup(
          "a", sizes: [300, 5], Hyperparameters(learningRate: 0.1))
      ])
      if hasAverage {
        optimizer.average = try ParameterAverage(of: parameters, decay: 0.9)
      }
      self.optimizer = optimizer
    }

    mutating func train(to step: Int) throws {
      while optimizer.stepCount < step {
        let gradients = parameters.map {
          $0.map { $0 + Float(optimizer.stepCount % 5) }
        }
        try optimizer.step(&parameters, gradients: gradients)
      }
    }

    mutating func averages() throws -> [Float]? {
      try optimizer.average?.values()
    }
  }

  @Test func `goes on with the same bits`() throws {
    let folder = try TemporaryFolder()
    var whole = try Run()
    try whole.train(to: 7)
    try whole.optimizer.save(
      to: folder.file("f"), parameters: whole.parameters)
    var resumed = try Run()
    try resumed.train(to: 2)
    try resumed.optimizer.load(
      from: folder.file("f"), parameters: &resumed.parameters)
    #expect(try resumed.averages() == whole.averages())
    try whole.train(to: 20)
    try resumed.train(to: 20)
    #expect(resumed.parameters == whole.parameters)
    #expect(try resumed.averages() == whole.averages())
    #expect(resumed.optimizer.average?.updateCount == 20)
  }

  @Test func `is the one that a program would hand over`() throws {
    let folder = try TemporaryFolder()
    var run = try Run()
    try run.train(to: 3)
    try run.optimizer.save(to: folder.file("own"), parameters: run.parameters)
    let average = run.optimizer.average.take()
    guard let average else { throw Missing() }
    try run.optimizer.save(
      to: folder.file("given"), parameters: run.parameters, average: average)
    let areEqual =
      try content(of: folder.file("own")) == content(of: folder.file("given"))
    #expect(areEqual)
    try run.optimizer.save(to: folder.file("none"), parameters: run.parameters)
    #expect(try Checkpoint<Float>(folder.file("own")).hasAverage)
    #expect(try !Checkpoint<Float>(folder.file("none")).hasAverage)
  }

  private struct Missing: Error {}

  @Test func `stays as it was where a file has none`() throws {
    let folder = try TemporaryFolder()
    var without = try Run(hasAverage: false)
    try without.train(to: 3)
    try without.optimizer.save(
      to: folder.file("f"), parameters: without.parameters)
    var run = try Run()
    try run.train(to: 2)
    let (parameters, averages) = (run.parameters, try run.averages())
    var thrown: CheckpointError?
    do throws(CheckpointError) {
      try run.optimizer.load(
        from: folder.file("f"), parameters: &run.parameters)
    } catch {
      thrown = error
    }
    #expect(thrown?.code == .missingContent)
    #expect(run.parameters == parameters)
    #expect(try run.averages() == averages)
    #expect(run.optimizer.stepCount == 2)
  }

  @Test func `is not read by an optimizer without one`() throws {
    let folder = try TemporaryFolder()
    var run = try Run()
    try run.train(to: 3)
    try run.optimizer.save(to: folder.file("f"), parameters: run.parameters)
    var other = try Run(hasAverage: false)
    try other.optimizer.load(
      from: folder.file("f"), parameters: &other.parameters)
    #expect(other.parameters == run.parameters)
    #expect(try other.averages() == nil)
  }

  @Test func `is refused while it is in the model`() throws {
    let folder = try TemporaryFolder()
    var run = try Run()
    try run.optimizer.average?.swap(with: &run.parameters)
    var thrown: CheckpointError?
    do throws(CheckpointError) {
      try run.optimizer.save(to: folder.file("f"), parameters: run.parameters)
    } catch {
      thrown = error
    }
    #expect(thrown == .invalidAverage(.isSwappedIn))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test(arguments: [false, true])
  func `is saved and resumed every few steps`(inBackground: Bool) throws {
    let folder = try TemporaryFolder()
    var whole = try Run()
    var checkpoints = try CheckpointManager<Float>(
      in: folder.path, every: 4, inBackground: inBackground)
    while whole.optimizer.stepCount < 10 {
      try whole.train(to: whole.optimizer.stepCount + 1)
      try checkpoints.saveIfDue(whole.optimizer, parameters: whole.parameters)
      try checkpoints.finish()
    }
    var resumed = try Run()
    let loaded = try checkpoints.resume(
      &resumed.optimizer, parameters: &resumed.parameters)
    #expect(loaded?.stepCount == 8)
    #expect(resumed.optimizer.average?.updateCount == 8)
    try resumed.train(to: 10)
    #expect(resumed.parameters == whole.parameters)
    #expect(try resumed.averages() == whole.averages())
  }
}
