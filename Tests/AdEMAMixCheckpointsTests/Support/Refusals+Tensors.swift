//===--- Refusals+Tensors.swift - layouts and tensors that are refused ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors
import Testing

extension Refusal {
  static let layout: [Refusal] =
    [
      [8, 0], [-1, 8], [0, 9], [0], [], [0, 4, 8], [.min, .max],
    ].map { bounds in
      Refusal(
        #""shard":[0,8]"#, #""shard":\#(bounds)"#,
        .malformedShard(bounds, count: 8))
    } + [
      .state(
        #""name":"none""#, #""name":"w""#,
        .tensorOrder(["w", "none", "b.0"])),
      Refusal(
        "two tensors of one name", .invalidState(.duplicateTensor("w"))
      ) {
        try $0.replace(#""name":"none""#, by: #""name":"w""#)
        try $0.replace(#"["w","none""#, by: #"["w","w""#)
      },
      .state(#""name":"b""#, #""name":"a""#, .duplicateGroup("a")),
      .state(#"["w","none","#, #"["w","#, .tensorOrder(["w", "b.0"])),
      .state(
        #"["w","none""#, #"["w","x""#, .tensorOrder(["w", "x", "b.0"])),
      .state(
        #"["w","none""#, #"["w","w""#, .duplicateTensor("w")),
      .state(
        #"["w","none""#, #"["w","none","w""#,
        .tensorOrder(["w", "none", "w", "b.0"])),
      .state(
        #""shape":[2,3]"#, #""shape":[2,-3]"#,
        .negativeTensorSize(-3, tensor: "w")),
      .state(
        #""shape":[2,3]"#, #""shape":[\#(Int.max),3]"#,
        .tooManyElements(tensor: "w")),
      .state(
        #""shape":[2,3]"#, #""shape":[\#(Int.max)]"#,
        .tooManyElements(tensor: "w")),
      Refusal(
        "frozen elements that no layout has",
        .invalidState(.tooManyElements(tensor: "w"))
      ) { try $0.enlarge(frozen: true, to: .max - 2) },
      // Groups that would take memory which no file has.
      Refusal(
        "a large shape",
        file(.shape([2, 3], expected: [1 << 40], tensor: "m1/w"))
      ) {
        try $0.replace(#""shape":[2,3]"#, by: #""shape":[\#(1 << 40)]"#)
        try $0.replace("[0,8]", by: "[0,\(1 << 40 + 2)]")
      },
      Refusal("large parameters", file(.missingTensor("parameter/w"))) {
        try $0.enlarge(frozen: true)
        $0.tensors["parameter/none"] = (.float32, [0, 2], [])
      },
    ] + buffers

  /// Buffers that a group cannot have.
  private static let buffers: [Refusal] =
    [
      ("a", ["m1", "m2", "nu", "sum", "residue"], [["m1", "m2"]]),
      ("a", ["m1", "m2", "nu", "sum", "residue"], [["m2", "nu", "sum"]]),
      (
        "a", ["m1", "m2", "nu", "sum", "residue"],
        [["m1", "m2", "nu", "residue"]]
      ),
      ("a", ["m1", "m2", "nu", "sum", "residue"], [["sum"], []]),
      ("b", ["m2", "nu", "sum", "residue"], [["m1", "m2", "nu"], []]),
    ].flatMap { group, old, changes in
      changes.map { new in
        Refusal(
          "buffers \(new)", .storedBuffers(new, group: group)
        ) {
          let tensor = group == "a" ? "w" : "b.0"
          try $0.replace(list(old), by: list(new))
          let some = try #require($0.tensors["nu/\(tensor)"])
          for name in Set(old).union(new) {
            $0.tensors["\(name)/\(tensor)"] = new.contains(name) ? some : nil
          }
        }
      }
    } + [
      Refusal(
        "sums of a frozen group",
        .storedBuffers(["m1", "m2", "nu", "sum", "residue"], group: "a")
      ) { try $0.replace(#""isFrozen":false"#, by: #""isFrozen":true"#) },
      Refusal(
        "a buffer twice",
        .storedBuffers(["m1", "m2", "nu", "sum", "sum"], group: "a")
      ) {
        try $0.replace(#""residue""#, by: #""sum""#)
        $0.tensors["residue/w"] = nil
      },
    ]

  private static func list(_ names: [String]) -> String {
    "[" + names.map { #""\#($0)""# }.joined(separator: ",") + "]"
  }

  static let tensors: [Refusal] =
    [
      "m1/w", "m2/b.0", "nu/w", "sum/w", "residue/b.0", "average/w",
      "average/none",
    ]
    .flatMap { name -> [Refusal] in
      [
        .tensor("no \(name)", .missingTensor(name)) { $0.tensors[name] = nil },
        .tensor(
          "integers \(name)",
          .scalarType(.int32, expected: .float32, tensor: name)
        ) { $0.tensors[name]?.type = .int32 },
      ]
    }
    + ["m1/w", "sum/w", "parameter/w", "average/w"].flatMap {
      name -> [Refusal] in
      [
        .tensor(
          "flat \(name)", .shape([6], expected: [2, 3], tensor: name)
        ) { $0.tensors[name]?.shape = [6] },
        .tensor(
          "turned \(name)", .shape([3, 2], expected: [2, 3], tensor: name)
        ) { $0.tensors[name]?.shape = [3, 2] },
        .tensor("more than \(name)", .unexpectedTensor(name + ".1")) {
          $0.tensors[name + ".1"] = $0.tensors[name]
        },
      ]
    } + [
      .tensor("some parameters", .missingTensor("parameter/none")) {
        $0.tensors["parameter/none"] = nil
      },
      .tensor("an average unheard of", .unexpectedTensor("average/b.0")) {
        $0.metadata[AlteredFile.average] = nil
      },
      Refusal(
        "a negative second moment",
        .negativeSecondMoment(value: -0.5, index: 1, tensor: "w")
      ) { $0.set("nu/w", [1, -0.5, -1]) },
      Refusal(
        "an infinite negative second moment",
        .negativeSecondMoment(value: -.infinity, index: 0, tensor: "b.0")
      ) { $0.set("nu/b.0", [-.infinity]) },
    ]
}

extension AlteredFile {
  /// Makes the first tensor one that no memory holds, and leaves out all that
  /// the file has of it.
  mutating func enlarge(frozen: Bool, to count: Int = 1 << 40) throws {
    try replace(#""shape":[2,3]"#, by: #""shape":[\#(count)]"#)
    try replace("[0,8]", by: "[0,\(count + 2)]")
    try replace(
      #"["m1","m2","nu","sum","residue"]"#, by: "[]")
    if frozen { try replace(#""isFrozen":false"#, by: #""isFrozen":true"#) }
    metadata[Self.average] = nil
    tensors = tensors.filter { name, _ in
      !name.hasSuffix("/w") && !name.hasPrefix("average")
        && !name.hasPrefix("parameter")
    }
  }
}
