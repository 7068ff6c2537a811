//===--- SettingDifferences.swift - a file compared with the code ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

/// The differences between the settings of a file and those of the code.
struct SettingDifferences {
  private(set) var found: [SettingDifference] = []

  private mutating func compare<Value: Equatable>(
    _ field: String, _ file: Value, _ code: Value, isKept: Bool,
    _ text: (Value) -> String = { "\($0)" }
  ) {
    guard file != code else { return }
    found.append(
      SettingDifference(
        field: field, inFile: text(file), inCode: text(code), isKept: isKept))
  }

  /// Compares groups of one name.
  mutating func compare(
    _ file: ParameterGroup, _ code: ParameterGroup, _ kept: KeptSettings
  ) {
    let group = "group '\(file.name)' · "
    let (stored, own) = (file.hyperparameters, code.hyperparameters)
    let isKept = kept.contains(.hyperparameters)
    func schedule(
      _ path: KeyPath<Hyperparameters, HyperparameterSchedule>, _ name: String
    ) {
      compare(
        group + name, stored[keyPath: path], own[keyPath: path],
        isKept: isKept, \.text)
    }
    func number(_ path: KeyPath<Hyperparameters, Double>, _ name: String) {
      compare(
        group + name, stored[keyPath: path], own[keyPath: path],
        isKept: isKept)
    }
    schedule(\.learningRate, "learningRate")
    number(\.beta1, "beta1")
    number(\.beta2, "beta2")
    schedule(\.beta3, "beta3")
    schedule(\.alpha, "alpha")
    number(\.epsilon, "epsilon")
    number(\.epsilonRoot, "epsilonRoot")
    schedule(\.weightDecay, "weightDecay")
    compare(group + "form", stored.form, own.form, isKept: isKept)
    compare(
      group + "learningRateFactor", file.learningRateFactor,
      code.learningRateFactor, isKept: isKept)
    compare(
      group + "directionLimit", file.directionLimit, code.directionLimit,
      isKept: isKept
    ) { $0.map { "\($0)" } ?? "nil" }
    compare(
      group + "skipsZeroGradients", file.skipsZeroGradients,
      code.skipsZeroGradients, isKept: isKept)
    compare(
      group + "isFrozen", file.isFrozen, code.isFrozen,
      isKept: kept.contains(.freezing))
    let isConverted = !file.storage.hasFormats(of: code.storage)
    compare(
      group + "storage", file.storage, code.storage, isKept: isConverted
    ) { "\($0.fast), \($0.slow), \($0.second) with seed \($0.seed)" }
  }

  /// Compares the options of steps.
  mutating func compare(
    _ file: StepOptions, _ code: StepOptions, _ kept: KeptSettings
  ) {
    let isKept = kept.contains(.options)
    func option<Value: Equatable>(
      _ path: KeyPath<StepOptions, Value>, _ name: String,
      _ text: (Value) -> String = { "\($0)" }
    ) {
      compare(
        "options · \(name)", file[keyPath: path], code[keyPath: path],
        isKept: isKept, text)
    }
    option(\.accumulation, "accumulation", \.text)
    option(\.nonFiniteGradients, "nonFiniteGradients")
    option(\.clipping, "clipping", \.text)
    option(\.updateClipping, "updateClipping") { $0.map { "\($0)" } ?? "nil" }
    option(\.isCautious, "isCautious")
    option(\.allowsMissingGradients, "allowsMissingGradients")
  }

  /// Compares the clocks of schedules.
  mutating func compare(
    _ file: StepClock, _ code: StepClock, _ kept: KeptSettings
  ) {
    compare("clock", file, code, isKept: kept.contains(.hyperparameters))
  }

  /// Compares the forms of the weights. That of the code always counts.
  mutating func compare(_ file: WeightFormat, _ code: WeightFormat) {
    compare("weights", file, code, isKept: true)
  }

  /// Compares the decays of averages.
  mutating func compare(
    averageDecay file: HyperparameterSchedule, _ code: HyperparameterSchedule,
    _ kept: KeptSettings
  ) {
    compare(
      "average · decay", file, code, isKept: kept.contains(.hyperparameters),
      \.text)
  }

  /// Compares the engines, and the versions of OpenBLAS, as far as the file
  /// names them. Those of the code always count.
  mutating func compare(_ header: CheckpointHeader, _ engine: StepEngine) {
    compare("engine", header.engine ?? engine, engine, isKept: true)
    if let file = header.openBLAS, engine == .blas {
      compare("OpenBLAS", file, .current, isKept: true)
    }
  }
}
