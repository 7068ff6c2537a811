//===--- KeptSettingsTests.swift - settings of the code's that stay -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

@Suite struct `A file of other settings that may be kept` {
  @Test func `counts unless the code's are kept`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file(fileName(9))
    let short = SmallSettings(
      rate: .cosineDecay(from: 0.1, over: 9), decay: 0.9)
    var file = try short.run()
    for _ in 0..<9 { try file.step() }
    try file.save(to: path)

    var long = SmallSettings(
      rate: .cosineDecay(from: 0.1, over: 90), decay: 0.99)
    long.group.learningRateFactor = 0.5
    long.options.clipping = .value(0.25)
    long.clock = .fromOne
    func loaded(
      _ kept: KeptSettings, _ differences: inout [SettingDifference]
    ) throws -> SmallRun {
      var run = try long.run()
      let loaded = try run.optimizer.load(
        from: path, parameters: &run.parameters, average: &run.average,
        keeping: kept)
      #expect(loaded.path == path)
      #expect(loaded.stepCount == 9)
      #expect(loaded.metadata == ["seed": "17"])
      #expect(loaded.isFinite == true)
      differences = loaded.differences
      return run
    }
    var differences: [SettingDifference] = []
    let asInFile = try loaded([], &differences)
    #expect(asInFile.optimizer.layout == file.optimizer.layout)
    #expect(asInFile.optimizer.options == file.optimizer.options)
    #expect(asInFile.optimizer.clock == .fromZero)
    #expect(asInFile.average.decay == 0.9)
    #expect(
      differences.map(\.field) == [
        "group 'a' · learningRate", "group 'a' · learningRateFactor",
        "options · clipping", "clock", "average · decay",
      ])
    #expect(
      differences.first?.description
        == "group 'a' · learningRate: cosineDecay(from: 0.1, to: 0.0, over: 90, "
        + "exponent: 1.0) in the code, cosineDecay(from: 0.1, to: 0.0, over: 9, "
        + "exponent: 1.0) in the file, which counts")
    #expect(
      differences[2].description
        == "options · clipping: value(0.25) in the code, nil in the file, "
        + "which counts")

    var kept: [SettingDifference] = []
    let own = try loaded([.hyperparameters, .options], &kept)
    #expect(own.optimizer.layout == (try long.run()).optimizer.layout)
    #expect(own.optimizer.options == long.options)
    #expect(own.optimizer.clock == .fromOne)
    #expect(own.average.decay == 0.99)
    #expect(own.parameters == file.parameters)
    #expect(own.optimizer.copyMoments() == file.optimizer.copyMoments())
    #expect(kept.map(\.field) == differences.map(\.field))
    #expect(kept.allSatisfy { $0.isKept })

    // The bits of a run whose settings were exchanged at that step.
    var resumed = try long.run()
    var checkpoints = try CheckpointManager<Float>(in: folder.path, every: 9)
    let found = try checkpoints.resume(
      &resumed.optimizer, parameters: &resumed.parameters,
      keeping: [.hyperparameters, .options])
    #expect(found?.differences == kept.filter { $0.field != "average · decay" })
    #expect(found?.stepCount == 9)
    var half = try loaded(.hyperparameters, &differences)
    #expect(half.optimizer.options == file.optimizer.options)
    half.optimizer.options = long.options
    for _ in 0..<9 {
      try resumed.step()
      try half.step()
    }
    #expect(resumed.parameters == half.parameters)
    #expect(resumed.parameters != file.parameters)
    #expect(resumed.optimizer.stepCount == 18)
  }

  @Test func `loses or gains a fast moment where the code's beta1 is kept`()
    throws
  {
    let folder = try TemporaryFolder()
    for (stored, own) in [(0.9, 0), (0, 0.9)] {
      var settings = SmallSettings()
      settings.group.hyperparameters.beta1 = stored
      var file = try settings.run()
      for _ in 0..<5 { try file.step() }
      try file.save(to: folder.file("f"))
      settings.group.hyperparameters.beta1 = own
      var run = try settings.run()
      try run.optimizer.load(
        from: folder.file("f"), keeping: .hyperparameters)
      let moments = run.optimizer.copyMoments()[0]
      #expect(moments.fast == (own == 0 ? [] : [0, 0, 0, 0]))
      #expect(moments.stepCounts.fast == (own == 0 ? 5 : 0) || own == 0)
      #expect(moments.slow == file.optimizer.copyMoments()[0].slow)
      try file.optimizer.updateGroups { $0.hyperparameters.beta1 = own }
      #expect(run.optimizer.copyMoments() == file.optimizer.copyMoments())
    }
  }

  @Test func `is frozen as in the code where that is kept`() throws {
    let folder = try TemporaryFolder()
    var file = try SmallSettings().run()
    for _ in 0..<5 { try file.step() }
    try file.save(to: folder.file("f"))
    var settings = SmallSettings()
    settings.group.isFrozen = true
    var run = try settings.run()
    try run.optimizer.load(from: folder.file("f"), keeping: .freezing)
    #expect(run.optimizer.layout.groups[0].isFrozen)
    #expect(run.optimizer.copyMoments() == file.optimizer.copyMoments())
    try run.optimizer.load(from: folder.file("f"))
    #expect(!run.optimizer.layout.groups[0].isFrozen)
  }

  @Test func `is refused where its state is not that of what is kept`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    var file = try SmallSettings(accumulation: .mean(over: 3)).run()
    for _ in 0..<5 { try file.step() }
    #expect(file.optimizer.runCounts.accumulatedGradients == 2)
    try file.save(to: path)
    func expect(
      _ settings: SmallSettings, _ kept: KeptSettings, _ error: CheckpointError
    ) throws {
      var run = try settings.run()
      if settings.options.updateClipping == nil { try run.step() }
      let (record, parameters) = (run.optimizer.record, run.parameters)
      let moments = run.optimizer.copyMoments()
      #expect(
        thrownError { () throws(CheckpointError) in
          try run.optimizer.load(
            from: path, parameters: &run.parameters, average: &run.average,
            keeping: kept)
        } == error)
      #expect(run.optimizer.record == record && run.parameters == parameters)
      #expect(run.optimizer.copyMoments() == moments)
    }
    func cannotKeep(
      _ field: String, _ inFile: String, _ inCode: String, after count: Int = 2
    ) -> CheckpointError {
      .cannotKeep(
        SettingDifference(
          field: field, inFile: inFile, inCode: inCode, isKept: true),
        accumulatedGradients: count)
    }
    let accumulation = "options · accumulation"
    try expect(
      SmallSettings(accumulation: .mean(over: 2)), .options,
      cannotKeep(accumulation, "mean(over: 3.0)", "mean(over: 2.0)"))
    try expect(
      SmallSettings(accumulation: .sum(over: 3)), .options,
      cannotKeep(accumulation, "mean(over: 3.0)", "sum(over: 3.0)"))
    try expect(
      SmallSettings(), .options,
      cannotKeep(accumulation, "mean(over: 3.0)", "nil"))
    var frozen = SmallSettings()
    frozen.group.isFrozen = true
    try expect(
      frozen, .freezing, cannotKeep("group 'a' · isFrozen", "false", "true"))
    var simplified = SmallSettings()
    simplified.group.hyperparameters = .simplified(
      learningRate: 0.1, beta1: 0.9, alpha: 2)
    try expect(
      simplified, .hyperparameters,
      cannotKeep("group 'a' · form", "standard", "simplified", after: 0))
    var wrong = SmallSettings(accumulation: .mean(over: 3))
    wrong.options.updateClipping = -1
    try expect(
      wrong, .options,
      .invalidState(.optionOutOfRange(.updateClipping, value: -1)))
    // A schedule that has come to a value out of range by then.
    var late = SmallSettings()
    late.group.hyperparameters.beta3 = .linear(from: 0.5, to: 2, over: 1)
    try expect(
      late, .hyperparameters,
      .invalidState(
        .hyperparameterOutOfRange(
          .beta3, value: 2, group: "a", scheduleCount: 1)))
    // As many micro-batches in this step, whatever comes later.
    let grown = GradientAccumulation.mean(
      over: .piecewiseConstant(from: 3, changes: [.init(at: 2, factor: 2)]))
    var run = try SmallSettings(accumulation: grown).run()
    try run.optimizer.load(from: path, keeping: .options)
    #expect(run.optimizer.options.accumulation == grown)
    #expect(
      "\(cannotKeep(accumulation, "a", "b"))"
        == "cannot keep options · accumulation (b): the file, with a, is in the "
        + "middle of a step, after 2 gradients. Load without keeping it, then "
        + "complete or discard the step")
    #expect(
      "\(cannotKeep("form", "a", "b", after: 0))"
        == "cannot keep form (b): the state of the file is that of a")
  }
}
