//===--- ParameterLayoutTests.swift - the flat index space and its shards -===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Testing

private let hyperparameters = Hyperparameters(learningRate: 0.1)

@Suite struct `A layout` {
  @Test func `puts groups one behind the other`() throws {
    let layout = try ParameterLayout([
      ParameterGroup("matrices", sizes: [6, 4], hyperparameters),
      ParameterGroup(
        "biases", tensors: [TensorSpec("bias", count: 3)], hyperparameters),
    ])
    #expect(layout.groups.map(\.name) == ["matrices", "biases"])
    #expect(
      layout.tensors.map(\.name) == ["matrices.0", "matrices.1", "bias"])
    #expect(layout.tensors.map(\.range) == [0..<6, 6..<10, 10..<13])
    #expect(layout.tensors.map(\.group) == [0, 0, 1])
    #expect(layout.count == 13)
  }

  @Test func `keeps the order of tensors that it groups`() throws {
    let decayed = ParameterGroup("decayed", hyperparameters)
    let plain = ParameterGroup("plain", hyperparameters.with(\.weightDecay, 0))
    let tensors = [
      TensorSpec("1.bias", count: 3), TensorSpec("1.weight", count: 12),
      TensorSpec("2.bias", count: 2), TensorSpec("2.weight", count: 6),
    ]
    let layout = try ParameterLayout(tensors) {
      $0.name.hasSuffix(".bias") ? plain : decayed
    }
    #expect(layout.groups.map(\.name) == ["plain", "decayed"])
    #expect(layout.groups[0].tensors == [tensors[0], tensors[2]])
    #expect(layout.groups[1].tensors == [tensors[1], tensors[3]])
    #expect(layout.tensors.map(\.name) == tensors.map(\.name))
    #expect(
      layout.tensors.map(\.range) == [0..<3, 3..<15, 15..<17, 17..<23])
    #expect(layout.tensors.map(\.group) == [0, 1, 0, 1])
  }

  @Test func `keeps the moments of interleaved groups apart`() throws {
    let layout = try ParameterLayout(
      (0..<5).map { TensorSpec("\($0)", count: $0) }
    ) { tensor in
      ParameterGroup(tensor.count % 2 == 0 ? "even" : "odd", hyperparameters)
    }
    var optimizer = try AdEMAMix<Double>(layout)
    // Each gradient says which tensor and element it belongs to.
    let gradients = (0..<5).flatMap { tensor in
      (0..<tensor).map { Double(10 * tensor + $0) }
    }
    var parameters = [Double](repeating: 0, count: 10)
    try optimizer.step(&parameters, gradients: gradients)
    let slow = optimizer.copyMoments().map { moments in
      moments.slow.map { ($0 / 1e-4).rounded() }
    }
    #expect(slow == [[20, 21, 40, 41, 42, 43], [10, 30, 31, 32]])
  }

  @Test func `tells names apart by their bytes`() throws {
    let groups = ["caf\u{e9}", "cafe\u{301}"].map {
      ParameterGroup(
        $0, tensors: [TensorSpec("w\($0)", count: 1)], hyperparameters)
    }
    var optimizer = try AdEMAMix<Float>(groups)
    for (index, group) in groups.enumerated() {
      try optimizer.updateGroup(group.name) { $0.isFrozen = true }
      #expect(
        optimizer.layout.groups.map(\.isFrozen)
          == (index == 0 ? [true, false] : [true, true]))
    }
    let labels = try ParameterLayout(groups.flatMap(\.tensors)) {
      ParameterGroup(String($0.name.dropFirst()), hyperparameters)
    }
    #expect(labels.groups.count == 2)
  }

  @Test(.timeLimit(.minutes(1)))
  func `takes names of very many marks`() throws {
    let marks = String(repeating: "\u{301}\u{323}", count: 40_000)
    let groups = ["a", "b", ""].map { letter in
      ParameterGroup(
        letter + marks,
        tensors: [1, 2].map {
          TensorSpec("\(letter)\(marks)\($0)", count: $0)
        }, hyperparameters)
    }
    let clock = ContinuousClock()
    let time = try clock.measure {
      var optimizer = try AdEMAMix<Float>(groups)
      for group in groups {
        try optimizer.updateGroup(group.name) { $0.isFrozen = true }
        try optimizer.resetSlowMoment(inGroup: group.name)
      }
      let names = optimizer.layout.tensors.map(\.name)
      _ = try ParameterLayout(groups, order: names.reversed())
    }
    // By Unicode's rules each name takes half a minute.
    #expect(time < .seconds(10))
  }

  @Test func `may have empty groups and tensors, or nothing at all`() throws {
    let layout = try ParameterLayout([
      ParameterGroup("none", hyperparameters),
      ParameterGroup("zeros", sizes: [0, 2, 0], hyperparameters),
    ])
    #expect(layout.tensors.map(\.range) == [0..<0, 0..<2, 2..<2])
    var optimizer = try AdEMAMix<Float>(layout)
    var parameters: [Float] = [1, 1]
    try optimizer.step(&parameters, gradients: [1, -1])
    #expect(parameters[0] < 1 && parameters[1] > 1)

    let nothing = try ParameterLayout([])
    #expect(nothing.count == 0)
    var idle = try AdEMAMix<Float>(nothing)
    var empty: [Float] = []
    try idle.step(&empty, gradients: [])
    var none: [[Float]] = []
    try idle.step(&none, gradients: none)
    #expect(idle.stepCount == 2)
  }
}

@Suite struct `A layout is refused` {
  @Test(arguments: [
    (
      [ParameterGroup("a", hyperparameters), .init("a", hyperparameters)],
      AdEMAMixError.duplicateGroup("a")
    ),
    (
      [.init("a", sizes: [1], hyperparameters), clashing("a.0", 1)],
      .duplicateTensor("a.0")
    ),
    (
      [.init("a", sizes: [3, -2], hyperparameters)],
      .negativeTensorSize(-2, tensor: "a.1")
    ),
    (
      [.init("a", sizes: [.max, 1], hyperparameters)],
      .tooManyElements(tensor: "a.0")
    ),
    (
      [.init("a", sizes: [1 << 48], hyperparameters), clashing("b", 1)],
      .tooManyElements(tensor: "b")
    ),
  ])
  func `for names and counts that cannot be`(
    groups: [ParameterGroup], error: AdEMAMixError
  ) {
    #expect(throws: error) { try ParameterLayout(groups) }
    #expect(throws: error) { _ = try AdEMAMix<Float>(groups) }
  }

  @Test func `for a label that already has tensors`() {
    let label = ParameterGroup("a", sizes: [1], hyperparameters)
    #expect(throws: AdEMAMixError.groupNotEmpty("a")) {
      try ParameterLayout([TensorSpec("w", count: 1)]) { _ in label }
    }
  }

  @Test func `for two groups of one name`() {
    let tensors = [TensorSpec("v", count: 1), TensorSpec("w", count: 1)]
    #expect(throws: AdEMAMixError.duplicateGroup("a")) {
      try ParameterLayout(tensors) { tensor in
        ParameterGroup("a", hyperparameters, isFrozen: tensor.name == "w")
      }
    }
    #expect(throws: AdEMAMixError.duplicateTensor("v")) {
      try ParameterLayout([tensors[0], tensors[0]]) { _ in
        ParameterGroup("a", hyperparameters)
      }
    }
  }

  @Test(arguments: [
    [0, 1 << 40, 1 << 40], [1 << 40, 0, 1 << 40], [1 << 40, 1 << 40, 0],
    [1 << 48, 2], [1 << 48 + 1], [.max], [0, .max],
  ])
  func `for a shape too large, wherever a 0 stands in it`(shape: [Int]) {
    let tensor = TensorSpec("w", shape: shape)
    #expect(tensor.count == .max)
    #expect(throws: AdEMAMixError.tooManyElements(tensor: "w")) {
      try ParameterLayout([
        ParameterGroup(
          "a", tensors: [tensor], hyperparameters, isFrozen: true)
      ])
    }
  }

  @Test(arguments: [
    (1 << 44, 12 << 44), (1 << 47, 12 << 47), (1 << 48, 12 << 48),
  ])
  func `by an optimizer that finds no memory`(count: Int, byteCount: Int) {
    let group = ParameterGroup("w", sizes: [count], hyperparameters)
    let thrown = #expect(throws: AdEMAMixError.self) {
      _ = try AdEMAMix<Float>([group])
    }
    #expect(thrown?.code == .outOfMemory)
    let given = Int(thrown?.value ?? 0)
    // Buffers are padded to pages.
    #expect(given >= byteCount && given - byteCount < 1 << 20)
  }
}

@Suite struct `Shards` {
  private static let tile = 1024 / MemoryLayout<Float>.stride

  @Test(
    arguments: [
      [0], [1], [255], [256], [257], [1000], [100_000],
      [5, 1000, 0, 256, 7, 7, 511, 0], [255, 255, 255, 255], [0, 0, 12_345, 0],
    ], [1, 2, 3, 7, 64, 1000])
  func `cover the index space and are cut between tiles`(
    sizes: [Int], shardCount: Int
  ) throws {
    let layout = try ParameterLayout([
      ParameterGroup("w", sizes: sizes, hyperparameters)
    ])
    let shards = layout.shards(shardCount, of: Float.self)
    #expect(shards.count == shardCount)
    #expect(shards.first?.lowerBound == 0)
    #expect(shards.last?.upperBound == layout.count)
    for (shard, next) in zip(shards, shards.dropFirst()) {
      #expect(shard.upperBound == next.lowerBound)
    }
    let tiles = layout.tensors.flatMap {
      Array(
        stride(
          from: $0.range.lowerBound, to: $0.range.upperBound, by: Self.tile))
    }
    let borders = Set(tiles + [0, layout.count])
    let share = Double(layout.count) / Double(shardCount)
    for shard in shards {
      #expect(borders.contains(shard.lowerBound))
      #expect(abs(Double(shard.count) - share) < Double(Self.tile))
    }
  }

  @Test func `have tiles of half as many doubles`() throws {
    let layout = try ParameterLayout([
      ParameterGroup("w", sizes: [1024], hyperparameters)
    ])
    #expect(
      layout.shards(8, of: Double.self).map(\.count)
        == [Int](repeating: 128, count: 8))
  }

  @Test(arguments: [0, -1, .min])
  func `need a thread to be updated`(threads: Int) {
    #expect(throws: AdEMAMixError.threadCount(threads)) {
      _ = try AdEMAMix<Float>(
        [ParameterGroup("w", sizes: [10], hyperparameters)], threads: threads)
    }
  }

  @Test(arguments: [-1..<3, 0..<11, 11..<11])
  func `lie within the layout`(shard: Range<Int>) throws {
    let layout = try ParameterLayout([
      ParameterGroup("w", sizes: [10], hyperparameters)
    ])
    #expect(throws: AdEMAMixError.shardOutOfRange(shard, count: 10)) {
      _ = try AdEMAMix<Float>(layout, shard: shard)
    }
  }
}

private func clashing(_ name: String, _ count: Int) -> ParameterGroup {
  ParameterGroup(
    "b", tensors: [TensorSpec(name, count: count)], hyperparameters)
}
