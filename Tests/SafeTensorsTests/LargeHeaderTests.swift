//===--- LargeHeaderTests.swift - memory for headers ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import CAllocationCounter
import SafeTensors
import TestSupport
import Testing

/// A header with many small entries of a kind, or with one large entry.
private enum LargeHeader: CaseIterable {
  case tensors, names, metadata, manyKeys, longTexts, field

  /// The text of the header, of some 4 MB. No bytes of elements follow.
  var text: String {
    switch self {
    case .tensors: tensors { String($0, radix: 36) }
    case .names: tensors { "parameter/\(1_000_000 + $0)" }
    case .metadata:
      #"{"__metadata__":{"k":"\#(String(repeating: "x", count: 4_000_000))"}}"#
    case .manyKeys: metadata(300_000) { (String($0, radix: 36), "") }
    case .longTexts:
      metadata(100_000) { ("parameter/\(1_000_000 + $0)", "value of \($0)...") }
    case .field:
      #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":"#
        + #""\#(String(repeating: "\\n", count: 2_000_000))"}}"#
    }
  }

  private func tensors(_ name: (Int) -> String) -> String {
    let entries = (0..<70_000).map {
      #""\#(name($0))":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"#
    }
    return "{\(entries.joined(separator: ","))}"
  }

  private func metadata(
    _ count: Int, _ entry: (Int) -> (key: String, value: String)
  ) -> String {
    let entries = (0..<count).map { index in
      let (key, value) = entry(index)
      return #""\#(key)":"\#(value)""#
    }
    return #"{"__metadata__":{\#(entries.joined(separator: ","))}}"#
  }
}

@Suite(.serialized) struct `A large header` {
  /// Sanitizers, which count no allocations, need memory of their own.
  @Test(.enabled(if: allocation_count() >= 0), arguments: LargeHeader.allCases)
  private func `takes four times its memory at most`(
    header: LargeHeader
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("f")
    let bytes = image(header: header.text)
    try write(bytes, to: path)
    let (status, words) = try output(
      of: "SafeTensorsProcess", ["open", path])
    #expect(status == 0)
    let kibibytes = try #require(words.first.flatMap { Int($0) })
    #expect(kibibytes < 4 * bytes.count / 1024 + 3 << 10)
    #expect(kibibytes > bytes.count / 1024)
  }
}
