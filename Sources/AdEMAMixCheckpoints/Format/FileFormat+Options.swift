//===--- FileFormat+Options.swift - step options in the JSON of a file ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

extension FileFormat {
  /// The options, and the arguments of the last call with a gradient.
  struct Options: Codable {
    var gradientScale: Double
    var accumulation: Accumulation?
    var nonFiniteGradients: NonFiniteGradients
    var clipping: Clipping?
    var updateClipping: Double?
    var isCautious: Bool
    var measuresDiagnostics: Bool
    /// `nil` where it is false.
    var allowsMissingGradients: Bool?
  }

  /// The way in which gradients accumulate: an object of one key.
  enum Accumulation: Codable {
    case mean(over: HyperparameterSchedule)
    case sum(over: HyperparameterSchedule)
  }

  /// The policy for gradients that are not finite: an object of one key.
  enum NonFiniteGradients: Codable {
    case propagate, `throw`, zeroElements
    case skipStep(limit: Int)
  }

  /// The bound of gradients: an object of one key.
  enum Clipping: Codable {
    case globalNorm(limit: Double, rule: Word<GradientClipping.NormRule>)
    case value(limit: Double)
    case blockRMS(limit: Double)
  }
}

extension FileFormat.Options {
  init(_ options: StepOptions, _ arguments: CallArguments) {
    gradientScale = arguments.gradientScale
    accumulation =
      switch options.accumulation {
      case .mean(let schedule): .mean(over: .init(schedule))
      case .sum(let schedule): .sum(over: .init(schedule))
      case nil: nil
      }
    nonFiniteGradients =
      switch options.nonFiniteGradients {
      case .propagate: .propagate
      case .throw: .throw
      case .skipStep(let limit): .skipStep(limit: limit)
      case .zeroElements: .zeroElements
      }
    clipping =
      switch options.clipping {
      case .globalNorm(let limit, let rule):
        .globalNorm(limit: limit, rule: .init(rule))
      case .value(let limit): .value(limit: limit)
      case .blockRMS(let limit): .blockRMS(limit: limit)
      case nil: nil
      }
    updateClipping = options.updateClipping
    isCautious = options.isCautious
    measuresDiagnostics = arguments.diagnostics
    allowsMissingGradients = options.allowsMissingGradients ? true : nil
  }
}

extension StepOptions {
  init(_ stored: FileFormat.Options) {
    self.init()
    accumulation =
      switch stored.accumulation {
      case .mean(let schedule): .mean(over: HyperparameterSchedule(schedule))
      case .sum(let schedule): .sum(over: HyperparameterSchedule(schedule))
      case nil: nil
      }
    nonFiniteGradients =
      switch stored.nonFiniteGradients {
      case .propagate: .propagate
      case .throw: .throw
      case .skipStep(let limit): .skipStep(limit: limit)
      case .zeroElements: .zeroElements
      }
    clipping =
      switch stored.clipping {
      case .globalNorm(let limit, let rule):
        .globalNorm(limit, rule: rule.choice)
      case .value(let limit): .value(limit)
      case .blockRMS(let limit): .blockRMS(limit)
      case nil: nil
      }
    updateClipping = stored.updateClipping
    isCautious = stored.isCautious
    allowsMissingGradients = stored.allowsMissingGradients ?? false
  }
}

extension CallArguments {
  init(_ stored: FileFormat.Options) {
    self.init(
      gradientScale: stored.gradientScale,
      diagnostics: stored.measuresDiagnostics)
  }
}
