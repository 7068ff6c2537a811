//===--- DigitImagesError.swift - why a file of images is refused ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A rule that a file of images breaks.
package enum DigitImagesError: Error, Hashable, CustomStringConvertible {
  /// A line is longer or shorter than that of an image.
  case lineLength(Int, expected: Int, line: Int)
  /// A character has no meaning at its place.
  case character(UInt8, line: Int, column: Int)
  /// There are too few images to divide them for training, search and test.
  case tooFew(count: Int, needed: Int)

  package var description: String {
    switch self {
    case .lineLength(let length, let expected, let line):
      "Line \(line) has \(length) characters: an image has \(expected)."
    case .character(let character, let line, let column):
      "Byte \(character) in line \(line), column \(column): there must be a "
        + "digit, eight pixels of 0 to g, or a space between them."
    case .tooFew(let count, let needed):
      "\(count) images: there must be at least \(needed)."
    }
  }
}
