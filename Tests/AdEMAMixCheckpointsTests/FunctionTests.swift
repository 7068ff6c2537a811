//===--- FunctionTests.swift - schedules of a program's own in files ------===//
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

private let rate: @Sendable (Int) -> Double = {
  0.1 / Double($0 + 1).squareRoot()
}
private let batches: @Sendable (Int) -> Double = { $0 < 2 ? 1 : 2 }
private let decay: @Sendable (Int) -> Double = { 1 - 1 / Double($0 + 2) }

private let functions: [String: @Sendable (Int) -> Double] = [
  "rate": rate, "batches": batches, "decay": decay,
]

/// Settings with a function in each place.
private func settings() -> SmallSettings {
  var settings = SmallSettings(
    rate: .function("rate", rate),
    accumulation: .mean(over: .function("batches", batches)),
    decay: .function("decay", decay))
  settings.group.hyperparameters.alpha = .table([0, 1, 2, 5])
  settings.group.hyperparameters.weightDecay = .joined(
    schedules: [0.01, .function("rate", rate)], boundaries: [3])
  return settings
}

/// Settings that are the same but for functions and tables.
private func plainSettings() -> SmallSettings {
  var settings = settings()
  settings.group.hyperparameters = Hyperparameters(learningRate: 0.1)
  settings.options.accumulation = nil
  settings.decay = 0.9
  return settings
}

extension SmallRun {
  fileprivate mutating func steps(_ count: Int) throws {
    for _ in 0..<count { try step() }
  }

  fileprivate func state() throws -> RunState {
    try RunState(optimizer, parameters, average)
  }
}

/// The run that never stopped: 5 calls, then 6.
private func whole(_ count: Int = 11) throws -> SmallRun {
  var run = try settings().run()
  try run.steps(count)
  return run
}

@Suite struct `A file of a run with functions and tables` {
  @Test(arguments: 1...8)
  func `is gone on from with the same bits`(calls: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try whole(calls).save(to: path)
    let checkpoint = try Checkpoint<Float>(path)
    var optimizer = try checkpoint.optimizer(schedules: functions)
    var average = try checkpoint.average(schedules: functions)
    var parameters = try checkpoint.parameters()
    for _ in calls..<11 {
      try optimizer.step(&parameters, gradients: parameters)
      try average.update(with: parameters)
    }
    let expected = try whole().state()
    let isEqual = try RunState(optimizer, parameters, average) == expected
    #expect(isEqual)

    var loaded = try settings().run()
    let differences = try loaded.optimizer.load(
      from: path, parameters: &loaded.parameters, average: &loaded.average
    ).differences
    #expect(differences == [])
    try loaded.steps(11 - calls)
    let isEqualOnceLoaded = try loaded.state() == expected
    #expect(isEqualOnceLoaded)
  }

  @Test func `is resumed by an optimizer with the functions`() throws {
    let folder = try TemporaryFolder()
    var checkpoints = try CheckpointManager<Float>(
      in: folder.path, every: 1, inBackground: true)
    let first = try whole(5)
    try checkpoints.save(
      first.optimizer, parameters: first.parameters, average: first.average)
    var run = try settings().run()
    let resumed = try checkpoints.resume(
      &run.optimizer, parameters: &run.parameters, average: &run.average)
    #expect(resumed?.differences == [])
    try run.steps(6)
    let isEqual = try run.state() == whole().state()
    #expect(isEqual)
    var plain = try plainSettings().run()
    let before = try plain.state()
    let error = thrownError { () throws(CheckpointError) in
      try checkpoints.resume(&plain.optimizer, parameters: &plain.parameters)
    }
    #expect(error?.code == .missingFunction)
    let isAsBefore = try plain.state() == before
    #expect(isAsBefore)
  }

  @Test func `of shards is gone on from with the same bits`() throws {
    let folder = try TemporaryFolder()
    let layout = try ParameterLayout([
      ParameterGroup("a", sizes: [2000], settings().group.hyperparameters)
    ])
    func run(_ shard: Range<Int>, steps: Range<Int>) throws -> [Float] {
      var parameters: [Float] = Array(ninths(2000)[shard])
      var optimizer = try AdEMAMix<Float>(layout, shard: shard, engine: .fused)
      for _ in steps {
        try optimizer.step(&parameters, gradients: parameters)
      }
      try optimizer.save(
        to: folder.file("\(shard.lowerBound)"), parameters: parameters)
      return parameters
    }
    let shards = layout.shards(2, of: Float.self)
    for shard in shards { _ = try run(shard, steps: 0..<4) }
    try ShardIndex(
      step: 4,
      files: shards.map { .init(name: "\($0.lowerBound)", elements: $0) }
    ).write(in: folder.path)
    let checkpoint = try Checkpoint<Float>(folder.path)
    let error = CheckpointError.missingFunction(
      "rate", of: "group 'a' · learningRate")
    #expect(throws: error) { _ = try checkpoint.optimizer() }
    #expect(throws: error) { _ = try checkpoint.optimizer(shard: shards[1]) }
    var parameters = try checkpoint.parameters()
    var optimizer = try checkpoint.optimizer(schedules: functions)
    for _ in 4..<9 { try optimizer.step(&parameters, gradients: parameters) }
    #expect(try run(0..<2000, steps: 0..<9) == parameters)
  }

  @Test func `is refused where a function is missing`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try whole(5).save(to: path)
    let checkpoint = try Checkpoint<Float>(path)
    for (name, field) in [
      ("rate", "group 'a' · learningRate"),
      ("batches", "options · accumulation"),
    ] {
      var rest = functions
      rest[name] = nil
      let error = CheckpointError.missingFunction(name, of: field)
      #expect(throws: error) { _ = try checkpoint.optimizer(schedules: rest) }
      #expect(error.description.hasPrefix("\(field) is the function '\(name)'"))
      #expect(error.code == .missingFunction)
    }
    #expect(
      throws: CheckpointError.missingFunction("decay", of: "average · decay")
    ) { _ = try checkpoint.average(schedules: ["rate": rate]) }
    // A function within a joined schedule.
    var run = try plainSettings().run()
    try run.optimizer.updateGroups {
      $0.hyperparameters.weightDecay = .joined(
        schedules: [.function("inner") { _ in 0 }, 0], boundaries: [3])
    }
    try run.save(to: path)
    #expect(
      throws: CheckpointError.missingFunction(
        "inner", of: "group 'a' · weightDecay")
    ) { _ = try Checkpoint<Float>(path).optimizer(schedules: functions) }
  }

  @Test func `needs no function for the settings of the code that are kept`()
    throws
  {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    // One that is between two steps, then one in the middle of a step.
    for (calls, isKept) in [(4, true), (5, false)] {
      try whole(calls).save(to: path)
      var plain = try plainSettings().run()
      let before = try plain.state()
      let error = CheckpointError.missingFunction(
        "batches", of: "options · accumulation")
      #expect(throws: error) {
        try plain.optimizer.load(from: path, keeping: .hyperparameters)
      }
      let isAsBefore = try plain.state() == before
      #expect(isAsBefore)
      let kept = thrownError { () throws(CheckpointError) in
        try plain.optimizer.load(
          from: path, parameters: &plain.parameters, average: &plain.average,
          keeping: [.hyperparameters, .options])
      }
      #expect(kept == (isKept ? nil : error))
      guard isKept else { continue }
      #expect(plain.optimizer.layout.groups == [plainSettings().group])
      #expect(plain.average.decay == 0.9)
      #expect(plain.optimizer.options.accumulation == nil)
      try plain.step()
    }
  }

  @Test func `says in which functions it differs from the code`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try whole(4).save(to: path)
    var code = settings()
    code.group.hyperparameters.learningRate = .function("other") { _ in 1 }
    var run = try code.run()
    #expect(
      try run.optimizer.load(from: path).differences.map(\.description) == [
        "group 'a' · learningRate: function('other') in the code, "
          + "function('rate') in the file, which counts"
      ])
    // The function of the same name in another place is taken.
    let values = try run.optimizer.hyperparameters(ofGroup: "a", at: 3)
    #expect(values.learningRate == rate(3))
  }

  @Test func `cannot be saved with a function without a name`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let changes: [(String, (inout SmallSettings) -> Void)] = [
      ("group 'a' · beta3", { $0.group.hyperparameters.beta3 = unnamed }),
      (
        "group 'a' · alpha",
        {
          $0.group.hyperparameters.alpha = .joined(
            schedules: [1, unnamed], boundaries: [2])
        }
      ),
      ("options · accumulation", { $0.options.accumulation = .sum(over: one) }),
      ("average · decay", { $0.decay = unnamed }),
    ]
    for (field, change) in changes {
      var settings = plainSettings()
      change(&settings)
      var run = try settings.run()
      try run.steps(2)
      let error = CheckpointError.unnamedFunction(of: field)
      #expect(throws: error) { try run.save(to: path) }
      #expect(!FileManager.default.fileExists(atPath: path))
      var checkpoints = try CheckpointManager<Float>(
        in: folder.file("run"), every: 1, inBackground: true)
      #expect(throws: error) {
        try checkpoints.saveIfDue(
          run.optimizer, parameters: run.parameters, average: run.average)
      }
      #expect(error.code == .invalidArgument)
    }
  }

  @Test func `is of version 3, and of an earlier one without them`() throws {
    let folder = try TemporaryFolder()
    func version(_ change: (inout SmallSettings) -> Void) throws -> String? {
      let path = folder.file("f")
      var settings = plainSettings()
      change(&settings)
      try settings.run().save(to: path)
      return try SafeTensorsReader(path: path).metadata["ademamix.version"]
    }
    #expect(try version { _ in } == "1")
    #expect(try version { $0.group.storage = .compactOfVersion2 } == "2")
    #expect(
      try version { $0.group.hyperparameters.alpha = .table([1]) } == "3")
    #expect(
      try version {
        $0.group.storage = .compact
        $0.options.accumulation = .mean(over: .function("batches", batches))
      } == "3")
    #expect(
      try version {
        $0.decay = .joined(
          schedules: [.function("decay", decay)], boundaries: [])
      } == "3")
  }

  @Test func `has tables and names as they were`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    try whole(1).save(to: path)
    let text = try #require(
      SafeTensorsReader(path: path).metadata[AlteredFile.record])
    #expect(
      text.contains(#""alpha":{"table":{"values":[0,1,2,5]}}"#), "\(text)")
    #expect(
      text.contains(#""learningRate":{"function":{"name":"rate"}}"#), "\(text)")
    #expect(
      try Checkpoint<Float>(path).layout.groups[0].hyperparameters
        == settings().group.hyperparameters)
  }

  @Test func `is refused with values that no table has`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    func opened(
      version: String, _ table: String, in key: String = AlteredFile.record,
      old: String = #"{"constant":{"value":0.1}}"#
    ) throws -> CheckpointError? {
      var file = try AlteredFile(path)
      file.metadata["ademamix.version"] = version
      try file.replace(old, by: table, in: key)
      try file.write(to: path)
      return thrownError { () throws(CheckpointError) in
        let checkpoint = try Checkpoint<Float>(path)
        _ = try checkpoint.optimizer()
        _ = try checkpoint.average()
      }
    }
    let table = #"{"table":{"values":[0.1,0.2]}}"#
    #expect(try opened(version: "3", table) == nil)
    for (version, schedule) in [
      ("1", table), ("2", table), ("2", #"{"function":{"name":"f"}}"#),
      ("2", #"{"joined":{"boundaries":[],"schedules":[\#(table)]}}"#),
    ] {
      #expect(
        try opened(version: version, schedule)
          == .malformedRecord(
            "version \(version) has neither tables nor functions",
            key: AlteredFile.record))
    }
    #expect(
      try opened(
        version: "2", table, in: AlteredFile.average,
        old: #"{"constant":{"value":0.9}}"#)
        == .malformedRecord(
          "version 2 has neither tables nor functions",
          key: AlteredFile.average))
    let limit = HyperparameterSchedule.tableCountLimit
    let long = [String](repeating: "1", count: limit + 1)
      .joined(separator: ",")
    for (values, error) in [
      ("", ScheduleError.tableCount(0)), (#""nan""#, .notFinite(.nan)),
      ("1,\"inf\"", .notFinite(.infinity)), (long, .tableCount(limit + 1)),
    ] {
      #expect(
        try opened(version: "3", #"{"table":{"values":[\#(values)]}}"#)
          == .invalidState(
            .invalidSchedule(error, of: .learningRate, group: "a")))
    }
    #expect(
      try opened(version: "3", #"{"function":{"name":"f"}}"#)
        == .missingFunction("f", of: "group 'a' · learningRate"))
    #expect(
      try opened(version: "3", #"{"function":{}}"#)?.code == .malformed)
  }
}

private let unnamed = HyperparameterSchedule.function { _ in 0.5 }
private let one = HyperparameterSchedule.function { _ in 1 }
