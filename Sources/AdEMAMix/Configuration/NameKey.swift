//===--- NameKey.swift - names, told apart by their bytes -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A name as a key of a set or dictionary, compared by its UTF-8 bytes.
///
/// `String` takes two spellings of one letter for equal, which are two names in
/// a file, and hashes combining marks in a time that is quadratic in their
/// number.
struct NameKey: Hashable {
  private let name: String

  init(_ name: String) { self.name = name }

  static func == (left: NameKey, right: NameKey) -> Bool {
    left.name.hasSameBytes(as: right.name)
  }

  func hash(into hasher: inout Hasher) {
    var name = name
    name.withUTF8 {
      unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0))
    }
  }
}
