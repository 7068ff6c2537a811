//===--- DigitImagesError.swift - what is no file of digits ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What is wrong with a file of images.
package enum DigitImagesError: Error, Hashable, CustomStringConvertible {
  /// A line is longer or shorter than an image.
  case lineLength(Int, expected: Int, line: Int)
  /// A character stands where it has no meaning.
  case character(UInt8, line: Int, column: Int)
  /// There are not enough images to train, to choose and to test with.
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
