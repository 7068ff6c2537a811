//===--- Refusals+Record.swift - records that are refused -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors

extension Refusal {
  static let all =
    header + json + hyperparameters + numbers + layout + tensors
    + storage.map(\.stored)

  private static let header: [Refusal] = [
    .version("4", .newerVersion(4, supported: 3)),
    .version("1000000", .newerVersion(1_000_000, supported: 3)),
    .version("0", .malformedVersion("0")),
    .version("+1", .malformedVersion("+1")),
    .version("01", .malformedVersion("01")),
    .version("-1", .malformedVersion("-1")),
    .version("1.0", .malformedVersion("1.0")),
    .version("one", .malformedVersion("one")),
    .version("", .malformedVersion("")),
    .version("99999999999999999999", .malformedVersion("99999999999999999999")),
    .missing("ademamix.version"), .missing("ademamix.scalar"),
    .missing("ademamix.optimizer"),
    Refusal("F64", .scalarType(.float64, expected: .float32)) {
      $0.metadata["ademamix.scalar"] = "F64"
    },
    Refusal("BF16", .scalarType(.bfloat16, expected: .float32)) {
      $0.metadata["ademamix.scalar"] = "BF16"
    },
    Refusal(
      "F33", .malformedRecord("'F33' is no scalar type", key: "ademamix.scalar")
    ) { $0.metadata["ademamix.scalar"] = "F33" },
  ]

  private static let json: [Refusal] = [
    .malformed(#"{"clock""#, "clock"), .malformed(#"{"clock""#, "[]"),
    .malformed(#""clock":"fromZero","#, ""),
    .malformed(#""fromZero""#, #""fromTwo""#),
    .malformed(#""fromZero""#, deep),
    .malformed(#""clock""#, #""x":\#(deep),"clock""#),
    Refusal(
      "a key of very many marks",
      .malformedRecord(
        "a key has more than 64 bytes", key: AlteredFile.record)
    ) {
      let marks = String(repeating: "\u{301}\u{323}", count: 40_000)
      try $0.replace(#""clock""#, by: #""a\#(marks)":1,"clock""#)
    },
    .malformed(
      #"{"constant":{"value":5}}"#,
      joined(HyperparameterSchedule.depthLimit + 1)),
    .malformed(#"{"constant":{"value":5}}"#, joined(20_000)),
    .malformed(#""steps":2"#, #""steps":2.5"#),
    .malformed(#""steps":2"#, #""steps":1e99"#),
    .malformed(#""steps":2"#, #""steps":99999999999999999999"#),
    .malformed(#""steps":2"#, #""steps":null"#),
    .malformed(#""steps":2"#, #""steps":"2""#),
    .malformed(#""m1","#, #""m3","#),
    .malformed(#""standard""#, #""other""#),
    .malformed(#"{"constant""#, #"{"random""#),
    .malformed(#"{"constant":{"value":5}}"#, "{}"),
    .malformed(#""rule":"optax""#, #""rule":"jax""#),
    .malformed(#"{"globalNorm""#, #"{"norm""#),
    .malformed(#"{"sum":{"over"#, #"{"sums":{"over"#),
    .malformed(#"{"skipStep":{"limit":3}}"#, #"{"ignore":{}}"#),
    .malformed(#""beta1":0.9"#, #""beta1":"NaN""#),
    .malformed(#"{"decay""#, "", in: AlteredFile.average),
    .malformed(#""decay""#, #""decline""#, in: AlteredFile.average),
    .malformed(#""sizes":[8]"#, #""sizes":\#(deep)"#, in: AlteredFile.average),
    .malformed(#""sizes":[8]"#, #""sizes":[8.5]"#, in: AlteredFile.average),
  ]

  private static let deep =
    String(repeating: "[", count: 100_000)
    + String(repeating: "]", count: 100_000)

  /// A constant within so many joined schedules.
  private static func joined(_ depth: Int) -> String {
    String(
      repeating: #"{"joined":{"boundaries":[],"schedules":["#, count: depth)
      + #"{"constant":{"value":5}}"# + String(repeating: "]}}", count: depth)
  }

  private static let accumulation = #"{"constant":{"value":20}}"#

  private static let hyperparameters: [Refusal] = [
    .value(#""beta1":0.9"#, #""beta1":1"#, .beta1, 1),
    .value(#""beta1":0.9"#, #""beta1":-0.1"#, .beta1, -0.1),
    .value(#""beta2":0.999"#, #""beta2":1.5"#, .beta2, 1.5),
    .value(#""beta2":0.999"#, #""beta2":"nan""#, .beta2, .nan),
    .value(#"{"value":0.9999}"#, #"{"value":1}"#, .beta3, 1),
    .value(#"{"value":5}"#, #"{"value":-5}"#, .alpha, -5),
    .value(#"{"value":5}"#, #"{"value":"inf"}"#, .alpha, .infinity),
    .value(#"{"value":0.1}"#, #"{"value":"nan"}"#, .learningRate, .nan),
    .value(#"{"value":0}"#, #"{"value":-1}"#, .weightDecay, -1),
    .value(#""epsilon":1e-08"#, #""epsilon":-1"#, .epsilon, -1),
    .value(#""epsilonRoot":0"#, #""epsilonRoot":"nan""#, .epsilonRoot, .nan),
    .value(
      #""learningRateFactor":1"#, #""learningRateFactor":-1"#,
      .learningRateFactor, -1),
    .state(#""epsilon":1e-08"#, #""epsilon":0"#, .noEpsilon(group: "a")),
    .state(
      #"{"value":0.1}"#, #"{"value":1e39}"#,
      .coefficientOverflow(group: "a", scheduleCount: 0)),
    .state(
      #"{"constant":{"value":0.1}}"#,
      #"{"squareRootDecay":{"from":1,"to":0,"over":-1}}"#,
      .invalidSchedule(.negativeCount(-1), of: .learningRate, group: "a")),
    .state(
      #""gradientScale":1"#, #""gradientScale":0"#,
      .optionOutOfRange(.gradientScale, value: 0)),
    .state(
      #""gradientScale":1"#, #""gradientScale":"nan""#,
      .optionOutOfRange(.gradientScale, value: .nan)),
    .state(
      accumulation, #"{"constant":{"value":"nan"}}"#,
      .optionOutOfRange(.microBatchCount, value: .nan)),
    .state(
      accumulation, #"{"constant":{"value":0}}"#,
      .optionOutOfRange(.microBatchCount, value: 0)),
    .state(
      accumulation, #"{"constant":{"value":1e17}}"#,
      .optionOutOfRange(.microBatchCount, value: 1e17)),
    .state(
      accumulation, #"{"squareRootDecay":{"from":"nan","to":1,"over":2}}"#,
      .invalidAccumulation(.notFinite(.nan))),
    .state(
      accumulation, #"{"joined":{"boundaries":[],"schedules":[]}}"#,
      .invalidAccumulation(.boundaryCount(schedules: 0, boundaries: 0))),
    .state(
      #""limit":"inf""#, #""limit":0"#,
      .optionOutOfRange(.clippingLimit, value: 0)),
    .state(
      #""limit":3"#, #""limit":-1"#,
      .optionOutOfRange(.skipLimit, value: -1)),
    .state(
      #""gradientScale":1"#, #""gradientScale":1,"updateClipping":-1"#,
      .optionOutOfRange(.updateClipping, value: -1)),
  ]

  private static let numbers = counts + groupNumbers + averages + sizes

  private static let counts: [Refusal] = {
    let counts = [
      ("steps", 2), ("skippedSteps", 0), ("consecutiveSkips", 0),
      ("zeroedElements", 0), ("accumulatedGradients", 5),
    ]
    var refusals: [Refusal] = []
    for (name, count) in counts {
      for value in [-1, 1 << 53 + 1, Int.max] {
        refusals.append(
          .state(
            #""\#(name)":\#(count)"#, #""\#(name)":\#(value)"#,
            .stepCount(value, group: nil)))
      }
    }
    return refusals
  }()

  private static let groupNumbers: [Refusal] = {
    let scales = [
      ("fast", "0.81"), ("second", "0.998001"), ("slow", "0.9998000100000001"),
    ]
    var refusals: [Refusal] = []
    for (name, scale) in scales {
      let key = #""\#(name)":"#
      for value in [-1, Int.max] {
        refusals.append(
          .state(key + "2", key + "\(value)", .stepCount(value, group: "a")))
      }
      let moment: MomentName =
        name == "fast" ? .fast : name == "slow" ? .slow : .second
      for count in [3, 1 << 53] {
        refusals.append(
          .state(
            key + "2", key + "\(count)",
            .momentStepCount(moment, count, stepCount: 2, group: "a")))
      }
      // A slow moment may have been damped.
      let small = moment == .slow ? [] : [1e-300, 0.0624]
      for value in [-0.5, 1.5, .infinity, .nan, 0, .leastNonzeroMagnitude]
        + small
      {
        let text = value.isFinite ? "\(value)" : #""\#(value)""#
        refusals.append(
          .state(key + scale, key + text, .momentScale(value, group: "a")))
      }
    }
    return refusals
  }()

  private static let scale = #""scale":0.1500946352969992"#

  private static let averages: [Refusal] = [
    .average(scale, #""scale":1.5"#, .scale(1.5)),
    .average(scale, #""scale":-1"#, .scale(-1)),
    .average(scale, #""scale":0"#, .scale(0)),
    .average(scale, #""scale":5e-324"#, .scale(.leastNonzeroMagnitude)),
    .average(scale, #""scale":0.0624"#, .scale(0.0624)),
    .average(scale, #""scale":"nan""#, .scale(.nan)),
    .average(#""updateCount":45"#, #""updateCount":-1"#, .updateCount(-1)),
    .average(
      #""updateCount":45"#, #""updateCount":\#(1 << 53 + 1)"#,
      .updateCount(1 << 53 + 1)),
    .average(
      #""value":0.9"#, #""value":1"#, .decayOutOfRange(1, updateCount: 0)),
    .average(
      #""value":0.9"#, #""value":"nan""#,
      .decayOutOfRange(.nan, updateCount: 0)),
    .average(
      #"{"constant":{"value":0.9}}"#,
      #"{"joined":{"boundaries":[],"schedules":[]}}"#,
      .invalidDecay(.boundaryCount(schedules: 0, boundaries: 0))),
  ]

  private static let sizes: [Refusal] = {
    let sizes: [[Int]] = [
      [7], [], [9], [4, 3], [9, -1], [8, .max], [.max, .max], [-8, 16],
    ]
    return sizes.map {
      .average("[8]", "\($0)", .tensorSizes($0, expectedCount: 8))
    }
  }()
}
