//===--- PagesTests.swift - examples of the pages -------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

@Suite struct `A page of checkpoints` {
  @Test(arguments: [
    ("AdEMAMixCheckpoints", "saveIfDue"),
    ("CheckpointsAndInterchange", "saveIfDue"),
    ("CheckpointsAndInterchange", "keeping:"),
    ("CheckpointsAndInterchange", "var resumed"),
  ])
  func `has the code of these tests`(name: String, part: String) throws {
    let page = try DocumentationPage(
      "Sources/AdEMAMixCheckpoints/AdEMAMixCheckpoints.docc/\(name).md")
    let missing = try page.linesOfExample(
      with: part,
      replacing: ["\"run\"": "run", "\"run/1000.safetensors\"": "file"])
    #expect(missing == [])
  }

  private let count = 4

  private func optimizer(alpha: Double = 5) throws -> AdEMAMix<Float> {
    let hyperparameters = Hyperparameters(
      learningRate: 1e-3, alpha: .constant(alpha))
    return try AdEMAMix<Float>([
      ParameterGroup("body", sizes: [count], hyperparameters)
    ])
  }

  private func gradients() -> [Float] { [1, -2, 3, -4] }

  @Test func `saves at an interval`() throws {
    let folder = try TemporaryFolder()
    let run = folder.path
    var optimizer = try optimizer()
    var parameters = [Float](repeating: 1, count: count)

    var checkpoints = try CheckpointManager<Float>(in: run, every: 1_000)
    try checkpoints.resume(&optimizer, parameters: &parameters)
    while optimizer.stepCount < 10_000 {
      try optimizer.step(&parameters, gradients: gradients())
      try checkpoints.saveIfDue(optimizer, parameters: parameters)
    }
    try checkpoints.save(optimizer, parameters: parameters)
    #expect(try folder.names().last == "step-000010000.safetensors")
  }

  @Test func `goes on from its file, by the settings of file or code`() throws {
    let folder = try TemporaryFolder()
    let run = folder.path
    var parameters = [Float](repeating: 1, count: count)
    var earlier = try optimizer(alpha: 8)
    try earlier.step(&parameters, gradients: gradients())
    var saved = try CheckpointManager<Float>(in: run, every: 1)
    try saved.save(earlier, parameters: parameters)
    try saved.finish()

    var optimizer = try optimizer()
    var printed: [String] = []
    func print(_ value: SettingDifference) { printed.append("\(value)") }

    var checkpoints = try CheckpointManager<Float>(
      in: run, every: 1_000, keepingLast: 3)
    let resumed = try checkpoints.resume(&optimizer, parameters: &parameters)
    for difference in resumed?.differences ?? [] { print(difference) }
    while optimizer.stepCount < 10_000 {
      try optimizer.step(&parameters, gradients: gradients())
      try checkpoints.saveIfDue(
        optimizer, parameters: parameters, metadata: ["seed": "17"])
    }
    try checkpoints.save(
      optimizer, parameters: parameters, metadata: ["seed": "17"])
    let page = try DocumentationPage(
      "Sources/AdEMAMixCheckpoints/AdEMAMixCheckpoints.docc/"
        + "CheckpointsAndInterchange.md")
    #expect(printed.count == 1 && page.has("`\(printed.joined())`"))

    optimizer = try self.optimizer(alpha: 6)
    try checkpoints.resume(
      &optimizer, parameters: &parameters,
      keeping: [.hyperparameters, .options]
    )
    #expect(optimizer.stepCount == 10_000)
    #expect(optimizer.layout.groups[0].hyperparameters.alpha == 6)
  }

  @Test func `saves and opens one file`() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("1000.safetensors")
    var optimizer = try optimizer()
    var parameters = [Float](repeating: 1, count: count)
    optimizer.average = try ParameterAverage(of: parameters, decay: 0.5)
    try optimizer.step(&parameters, gradients: gradients())
    var printed: [[Float]] = []
    func print(
      _ stepCount: Int, _ metadata: [String: String], _ parameters: [Float]
    ) {
      #expect(stepCount == 1 && metadata == [:])
      printed.append(parameters)
    }

    try optimizer.save(to: file, parameters: parameters)
    try optimizer.load(from: file, parameters: &parameters)

    let checkpoint = try Checkpoint<Float>(file)
    var resumed = try checkpoint.optimizer()
    print(
      checkpoint.stepCount, checkpoint.metadata, try checkpoint.parameters())
    #expect(printed == [parameters])
    try resumed.step(&parameters, gradients: gradients())
    #expect(resumed.stepCount == 2)
  }
}
