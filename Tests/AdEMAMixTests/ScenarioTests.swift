//===--- ScenarioTests.swift - scenarios, drawn, printed and cut down -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation
import TestSupport
import Testing

@Suite struct `A scenario` {
  @Test func `prints as the code that makes it`() throws {
    let scenario = Scenario(
      name: "all", seed: 7,
      [
        ParameterGroup(
          "a",
          tensors: [
            TensorSpec("w", shape: [2, 3]), TensorSpec("b", count: 4),
          ],
          Hyperparameters(
            learningRate: .polynomial(
              from: 0.0, to: 0.01, power: 1.0, over: 8, startingAt: 0),
            beta1: 0.5), isFrozen: true,
          storage: MomentStorage(
            fast: .bfloat16, slow: .blockInt16, second: .blockInt16, seed: 5)),
        ParameterGroup(
          "b", tensors: [TensorSpec("v", count: 1)],
          .simplified(
            learningRate: 0.01,
            beta1: .halfLife(from: 0.5, to: 0.99, over: 9), alpha: 2.0)
        ).scaled(by: 0.25),
      ], order: ["v", "w", "b"], clock: .fromOne,
      options: CallOptions {
        $0.accumulation = .mean(
          over: .piecewiseConstant(
            from: 4.0, changes: [.init(at: 3, factor: 0.5)]))
        $0.updateClipping = 1.5
      },
      computation: Computation(
        engine: .fused, threads: 3, instructionSet: .baseline, shape: .arrays),
      averageDecay: 0.9,
      events: [
        .step(0),
        .update(Gradient(1, [3: .nan, 5: .negativeInfinity])),
        .complete,
        .options(
          CallOptions {
            $0.gradientScale = 0.5
            $0.nonFiniteGradients = .skipStep(limit: 2)
            $0.clipping = .globalNorm(.infinity, rule: .torch)
            $0.isCautious = true
          }),
        .edit("a", .hyperparameters(Hyperparameters(learningRate: 0.003))),
        .edit("a", .set(.beta1, 0.9)),
        .edit("a", .isFrozen(false)),
        .damp(0.5, group: "b"),
        .reset(group: nil),
        .instructionSet(.baseline),
        .adamW(stepCount: 3),
        .refusedOption(.gradientScale, -1.0),
      ])
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let start = try #require(source.range(of: "let scenario = "))
    let rest = source[start.upperBound...]
    let end = try #require(rest.range(of: "let source = "))
    #expect(
      compact(scenario.description) == compact(rest[..<end.lowerBound]))
  }

  /// Code without what a formatter changes.
  private func compact(_ code: some StringProtocol) -> String {
    String(code.filter { !$0.isWhitespace && $0 != ";" })
      .replacing(",)", with: ")").replacing(",]", with: "]")
  }

  /// Equations that know nothing of damping are right until something is
  /// damped.
  @Test(arguments: 1...5)
  func `is cut down to the events and values of a fault`(seed: Int) throws {
    var scenario = Scenario.random(seed: seed)
    scenario.events += [.step(99), .damp(0.5, group: nil)]
    var tries = 0
    let shortest = scenario.shrunken {
      tries += 1
      var run = try RunBesidePlain<Double>($0, tolerance: 1e-12) {
        if case .damp = $0 { true } else { false }
      }
      return try run.mismatch() != nil
    }
    #expect(shortest.events == [.step(0), .damp(0, group: nil)])
    let group = try #require(shortest.groups.first)
    #expect(shortest.groups.count == 1)
    #expect(group.tensors.map(\.count) == [1])
    #expect(group.hyperparameters == Hyperparameters(learningRate: 0.01))
    #expect(shortest.options == CallOptions())
    #expect(shortest.order == nil)
    // An unoptimized build takes some 20 ms for each.
    #expect(tries < 300, "\(shortest)")
  }

  @Test func `is drawn with each event and each option`() {
    let scenarios = (1...300).map { Scenario.random(seed: $0) }
    func kind(_ value: some Any) -> String {
      "\(value)".prefix { $0 != "(" }.description
    }
    let events = scenarios.flatMap(\.events)
    #expect(Set(events.map(kind)).count == 17)
    let options =
      scenarios.map(\.options)
      + events.compactMap {
        if case .options(let options) = $0 { options } else { nil }
      }
    #expect(Set(options.map { kind($0.nonFiniteGradients) }).count == 4)
    #expect(Set(options.map { $0.clipping.map(kind) }).count == 4)
    #expect(Set(options.map { $0.accumulation.map(kind) }).count == 3)
    #expect(Set(options.map(\.isCautious)).count == 2)
    #expect(Set(options.map { $0.updateClipping == nil }).count == 2)
    // Scaled as a power of two, or otherwise.
    #expect(Set(options.map(\.gradientScale)).count == 6)
  }
}
