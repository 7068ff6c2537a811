//===--- FixtureVersion3Tests.swift - a file of version 3 opens -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import TestSupport
import Testing

/// Whether steps get the last bits that the file has, see `FixtureTests`.
private let hasBitsOfFiles = ["Haswell", "Zen"].contains(
  BLASBuild.current.core)

@Suite(.enabled(if: hasBitsOfFiles)) struct `A file of version 3` {
  enum File: String, CaseIterable, CustomTestStringConvertible {
    case float = "version-3-float"
    /// Moments as floating-point numbers in blocks.
    case formats = "version-3-formats"

    var testDescription: String { rawValue }

    /// Those of the groups `limited` and `rows`.
    var storages: [MomentStorage] {
      switch self {
      case .float: [.compactOfVersion2, .full]
      case .formats: [.compact, .minimal]
      }
    }

    var fixture: URL? {
      Bundle.module.url(
        forResource: rawValue, withExtension: "safetensors",
        subdirectory: "Fixtures")
    }
  }

  /// The run that the file is of: a table and a function as schedules, tensors
  /// that steps have left alone and one of which nothing has accumulated yet,
  /// weights, a limit of directions, gradients of 0 that are skipped.
  private struct Run: ~Copyable {
    var optimizer: AdEMAMix<Float>
    var parameters: [Float]

    init(
      _ optimizer: consuming AdEMAMix<Float>, parameters: [Float]
    ) {
      self.optimizer = optimizer
      self.parameters = parameters
    }

    static func of(_ file: File, calls: Int) throws -> Run {
      var hyperparameters = Hyperparameters(
        learningRate: .function("rate", rate), beta2: 0.95, weightDecay: 0.1
      ).warmingUp(alpha: 4, beta3: 0.99, over: 8)
      hyperparameters.alpha = .table([0, 1, 2.5, 4])
      var limited = ParameterGroup(
        "limited", sizes: [300, 7], hyperparameters,
        storage: file.storages[0])
      limited.directionLimit = 0.75
      var rows = ParameterGroup(
        "rows", sizes: [40, 3], hyperparameters, storage: file.storages[1])
      rows.skipsZeroGradients = true
      var options = StepOptions()
      options.allowsMissingGradients = true
      options.accumulation = .mean(over: 3)
      var run = Run(
        try AdEMAMix<Float>(
          [limited, rows], engine: .fused, options: options),
        parameters: ninths(350))
      for call in 0..<calls { try run.step(call) }
      return run
    }

    mutating func step(_ call: Int) throws {
      let gradients = smallIntegers(350, call: call).map {
        Float($0) / 8 - 0.5
      }
      let isMissing = [
        call % 9 < 3, call / 3 % 3 == 1, call % 5 == 2, false,
      ]
      let tensors = optimizer.layout.tensors
      try optimizer.step(
        &parameters, gradients: gradients, weight: Double(1 + call % 4),
        leaving: zip(tensors, isMissing).filter { $1 }.map { $0.0.name })
    }

    static let rate: @Sendable (Int) -> Double = { 0.01 / Double($0 + 1) }
  }

  private static let callCount = 25

  @Test(arguments: File.allCases)
  func `opens, and goes on as the run that wrote it`(file: File) throws {
    let path = try #require(file.fixture).path()
    let checkpoint = try Checkpoint<Float>(path)
    var run = Run(
      try checkpoint.optimizer(engine: .fused, schedules: ["rate": Run.rate]),
      parameters: try checkpoint.parameters())
    let expected = try Run.of(file, calls: Self.callCount)
    #expect(run.optimizer.layout == expected.optimizer.layout)
    #expect(run.optimizer.options == expected.optimizer.options)
    #expect(
      run.optimizer.copyMoments() == expected.optimizer.copyMoments())
    #expect(run.optimizer.accumulatedGradientCount == 1)
    for call in Self.callCount..<50 { try run.step(call) }
    let whole = try Run.of(file, calls: 50)
    #expect(run.parameters == whole.parameters)
    #expect(run.optimizer.copyMoments() == whole.optimizer.copyMoments())
  }

  /// As long as this version is the one that is written.
  @Test(arguments: File.allCases)
  func `is what this version writes`(file: File) throws {
    let temporary = try TemporaryFolder()
    let folder =
      ProcessInfo.processInfo.environment["ADEMAMIX_FIXTURES"] ?? temporary.path
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    let path = "\(folder)/\(file.rawValue).safetensors"
    let run = try Run.of(file, calls: Self.callCount)
    try run.optimizer.save(to: path, parameters: run.parameters)
    let fixture = try #require(file.fixture)
    #expect(
      try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: fixture))
  }
}
