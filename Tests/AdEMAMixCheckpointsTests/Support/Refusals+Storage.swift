//===--- Refusals+Storage.swift - moments in fewer bits, damaged ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors

extension Refusal {
  /// Of files with ``SmallStorages/stored``.
  static let storage = version + formats + tensorTypes + elements

  private static let version: [Refusal] = [
    .version("1", .malformedRecord("", key: AlteredFile.record)),
    .version("4", .newerVersion(4, supported: 3)),
  ]

  private static let formats: [Refusal] = [
    .state(
      #""slow":"blockInt16""#, #""slow":"blockInt8""#,
      .unsuitableFormat(.blockInt8, .slow, group: "a")),
    .malformed(#""slow":"blockInt16""#, #""slow":"float8""#),
    .malformed(#""seed":0,"#, ""),
    .malformed(#""second":"blockInt8""#, #""second":null"#),
    .malformed(#""seed":0"#, #""seed":-1"#),
    .malformed(#""seed":0"#, #""seed":4294967296"#),
    .malformed(#""seed":0"#, #""seed":0.5"#),
    // Other formats than those of the tensors.
    Refusal(
      #""fast":"blockInt8""#, #""fast":"blockInt16""#,
      file(.scalarType(.int8, expected: .int16, tensor: "m1/w"))),
    Refusal(
      #""fast":"blockInt8""#, #""fast":"scalar""#,
      file(.scalarType(.int8, expected: .float32, tensor: "m1/w"))),
  ]

  private static let tensorTypes: [Refusal] =
    [
      ("m1/w", .int8, .uint8), ("m2/w", .int16, .bfloat16),
      ("nu/w", .uint8, .int8), ("nu/b.0", .bfloat16, .float16),
      ("m2.tops/w", .float32, .int32), ("nu.tops/w", .float32, .uint32),
    ].map { (name: String, type: TensorElementType, other: TensorElementType) in
      .tensor(
        "\(other) \(name)",
        .scalarType(other, expected: type, tensor: name)
      ) { $0.tensors[name]?.type = other }
    }
    + ["m1/w", "m1.tops/w", "m2.tops/b.0", "nu/b.0"].map { name in
      .tensor("no \(name)", .missingTensor(name)) { $0.tensors[name] = nil }
    }
    + [
      .tensor(
        "too many blocks", .shape([2], expected: [1], tensor: "m2.tops/w")
      ) {
        $0.tensors["m2.tops/w"] = (.float32, [2], .init(repeating: 0, count: 8))
      },
      .tensor(
        "flat codes", .shape([6], expected: [2, 3], tensor: "nu/w")
      ) { $0.tensors["nu/w"]?.shape = [6] },
      .tensor("blocks of bfloat16", .unexpectedTensor("nu.tops/b.0")) {
        $0.tensors["nu.tops/b.0"] = $0.tensors["m2.tops/b.0"]
      },
      .tensor("blocks of a sum", .unexpectedTensor("sum.tops/w")) {
        $0.tensors["sum.tops/w"] = $0.tensors["m2.tops/w"]
      },
    ]

  private static let elements: [Refusal] =
    [Float.nan, .infinity, -.infinity].flatMap { value in
      ["m1.tops/w", "m2.tops/b.0", "nu.tops/w"].map { name in
        Refusal(
          "\(value) in \(name)",
          .blockMagnitude(value, block: 0, tensor: name)
        ) { $0.set(name, [value]) }
      }
    }
    + [-0.5, -.infinity].map { value in
      Refusal(
        "a second moment of \(value) in bfloat16",
        .negativeSecondMoment(value: Double(value), index: 1, tensor: "b.0")
      ) { $0.set("nu/b.0", codes: [BFloat16(1), BFloat16(value)]) }
    }
}
