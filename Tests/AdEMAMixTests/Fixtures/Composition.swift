//===--- Composition.swift - a trajectory with options, groups and edits --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport

/// A trajectory that `scripts/golden` computed, of AdEMAMix with what optax's
/// users compose with it: by the equations in NumPy float64, and by optax in
/// float32 and float64 where it has all of it.
struct Composition: Decodable {
  struct Group: Decodable {
    let name: String
    /// Indices.
    let tensors: [Int]
    let hyperparameters: FixtureHyperparameters
    let learningRateFactor: Double
    let isFrozen: Bool
    let directionLimit: Double?
    let skipsZeroGradients: Bool?
  }

  /// The steps and averages that AdamW left behind, which are taken over.
  struct AdamW: Decodable {
    let steps: Int
    let m1, nu: Numbers<Float>
  }

  enum Form: String, Decodable {
    case ademamix, simplified
    /// Updates are recorded in place of parameters, which stay as they are.
    case updateAlone
  }

  let form: Form
  let clock: StepClock
  let tensorSizes: [Int]
  let groups: [Group]
  let options: FixtureOptions
  let edits: [FixtureEdit]
  let calls: Int
  let recordedCalls: [Int]
  let initialParameters: Numbers<Float>
  let adamW: AdamW?
  let gradients: Numbers<Float>
  /// Without moments that a group does not have.
  let expected: GoldenCase.Trajectory<Double>
  let optaxFloat64Parameters: [Numbers<Double>]?
  let optaxFloat32: GoldenCase.Trajectory<Float>?
  /// Of each call.
  let reports: [FixtureReport]

  static let names = [
    "clip-global-norm", "clip-global-norm-torch", "clip-value",
    "clip-block-rms", "accumulation-mean", "accumulation-sum",
    "accumulation-scheduled", "skipped-steps", "zeroed-elements", "groups",
    "groups-clipped", "frozen-group", "edited-learning-rate",
    "edited-weight-decay", "edited-beta3", "edited-others", "thawed-group",
    "simplified", "simplified-alpha", "simplified-scheduled-alpha",
    "simplified-warmup", "update-alone", "scale-power-of-two", "scale-third",
    "after-adamw", "after-adamw-from-one", "cautious", "cautious-bound",
    "update-clipping", "cautious-update-clipping", "direction-limit",
    "direction-limit-idle", "skipped-zeros", "skipped-zeros-groups",
    "skipped-zeros-simplified", "everything",
  ]

  static func named(_ name: String) throws -> Composition {
    try decodeFixture("composition-\(name)")
  }

  func layout() throws -> ParameterLayout {
    let tensors = tensorSizes.enumerated().map {
      TensorSpec("\($0)", count: $1)
    }
    return try ParameterLayout(tensors) { tensor in
      let index = Int(tensor.name) ?? 0
      let group = groups.first { $0.tensors.contains(index) } ?? groups[0]
      var label = ParameterGroup(
        group.name, hyperparameters(of: group), isFrozen: group.isFrozen)
      label.learningRateFactor = group.learningRateFactor
      label.directionLimit = group.directionLimit
      label.skipsZeroGradients = group.skipsZeroGradients ?? false
      return label
    }
  }

  /// The fixture of an update alone has the defaults of optax, which are ours.
  private func hyperparameters(of group: Group) -> Hyperparameters {
    form == .updateAlone
      ? .updateAlone() : group.hyperparameters.hyperparameters
  }
}

/// The options of a step as the fixtures write them.
struct FixtureOptions: Decodable {
  let options: CallOptions

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    var options = CallOptions()
    options.gradientScale = try fields.decode(
      Double.self, forKey: .gradientScale)
    options.accumulation = try fields.decodeIfPresent(
      Accumulation.self, forKey: .accumulation)?.accumulation
    options.nonFiniteGradients = try fields.decode(
      Policy.self, forKey: .nonFiniteGradients
    ).policy
    options.clipping = try fields.decodeIfPresent(
      Clipping.self, forKey: .clipping)?.clipping
    options.isCautious = try fields.decode(Bool.self, forKey: .isCautious)
    options.updateClipping = try fields.decodeIfPresent(
      Double.self, forKey: .updateClipping)
    self.options = options
  }

  private enum Field: String, CodingKey {
    case gradientScale, accumulation, nonFiniteGradients, clipping, isCautious
    case updateClipping
  }

  private struct Accumulation: Decodable {
    enum Kind: String, Decodable { case mean, sum }

    let kind: Kind
    let over: FixtureSchedule

    var accumulation: GradientAccumulation {
      switch kind {
      case .mean: .mean(over: over.schedule)
      case .sum: .sum(over: over.schedule)
      }
    }
  }

  private struct Policy: Decodable {
    enum Kind: String, Decodable { case propagate, skipStep, zeroElements }

    let kind: Kind
    let limit: Int?

    var policy: NonFinitePolicy {
      switch kind {
      case .propagate: .propagate
      case .skipStep: .skipStep(limit: limit ?? 0)
      case .zeroElements: .zeroElements
      }
    }
  }

  private struct Clipping: Decodable {
    enum Kind: String, Decodable { case globalNorm, value, blockRMS }

    let kind: Kind
    let limit: Double
    let rule: GradientClipping.NormRule?

    var clipping: GradientClipping {
      switch kind {
      case .globalNorm: .globalNorm(limit, rule: rule ?? .optax)
      case .value: .value(limit)
      case .blockRMS: .blockRMS(limit)
      }
    }
  }
}

/// A change of a group between two calls.
struct FixtureEdit: Decodable {
  /// The first call that the change counts for; calls count from 1.
  let beforeCall: Int
  let event: Scenario.Event

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    beforeCall = try fields.decode(Int.self, forKey: .beforeCall)
    let value = try fields.decode(Double.self, forKey: .value)
    let isFrozen = try fields.decode(String.self, forKey: .name) == "isFrozen"
    event = .edit(
      try fields.decode(String.self, forKey: .group),
      isFrozen
        ? .isFrozen(value != 0)
        : .set(try fields.decode(HyperparameterName.self, forKey: .name), value)
    )
  }

  private enum Field: String, CodingKey { case beforeCall, group, name, value }
}

/// The report that a call must give. Values that are `nil` are not known.
struct FixtureReport: Decodable {
  let outcome: StepReport.Outcome
  let gradientNorm: Double?
  let clipFactor: Double?
  let zeroedElementCount: Int

  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    switch try fields.decode(Outcome.self, forKey: .outcome) {
    case .completed: outcome = .completed
    case .skipped: outcome = .skipped
    case .accumulated:
      outcome = .accumulated(
        count: try fields.decode(Int.self, forKey: .count),
        of: try fields.decode(Int.self, forKey: .of))
    }
    gradientNorm = try fields.decodeIfPresent(
      Double.self, forKey: .gradientNorm)
    clipFactor = try fields.decodeIfPresent(Double.self, forKey: .clipFactor)
    zeroedElementCount = try fields.decode(
      Int.self, forKey: .zeroedElementCount)
  }

  private enum Outcome: String, Decodable {
    case completed, accumulated, skipped
  }

  private enum Field: String, CodingKey {
    case outcome, count, of, gradientNorm, clipFactor, zeroedElementCount
  }
}
