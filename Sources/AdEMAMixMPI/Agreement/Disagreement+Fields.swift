//===--- Disagreement+Fields.swift - a disagreement as text --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
extension Disagreement {
  /// The text of a disagreement, for another rank to read.
  var encoded: [UInt8] {
    FieldList(of: self).encoded
  }

  /// Reads the text that ``encoded`` gave on another rank.
  init(decoding bytes: [UInt8]) {
    let fields = FieldList(decoding: bytes)
    self.init(
      rank: fields["rank"].flatMap { Int($0) } ?? -1,
      field: fields["field"] ?? "all", value: fields["value.some"],
      expected: fields["expected.some"])
  }
}

#endif
