//===--- CorpusError.swift - why a text is refused ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The reason why a text is refused.
package enum CorpusError: Error, Hashable, CustomStringConvertible {
  case notASCII(byte: UInt8, offset: Int)
  case tooShort(count: Int, needed: Int)

  package var description: String {
    switch self {
    case .notASCII(let byte, let offset):
      "Byte \(byte) at \(offset): the text must be ASCII, 0 to 127."
    case .tooShort(let count, let needed):
      "A text of \(count) characters: it must have at least \(needed)."
    }
  }
}
