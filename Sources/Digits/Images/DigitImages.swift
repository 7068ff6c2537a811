//===--- DigitImages.swift - handwritten digits, read and divided ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Layers

/// Images of handwritten digits, with the digit of each.
package struct DigitImages: Sendable, Hashable {
  /// The number of pixels in a row, and in a column.
  package static let side = 8
  package static let pixelCount = side * side
  package static let digitCount = 10

  /// The pixels, image after image, row by row. Over all images of the file,
  /// their mean is near 0 and their standard deviation near 1.
  package private(set) var pixels: [Float] = []
  package private(set) var digits: [Int32] = []

  package var count: Int { digits.count }

  /// The images of a text, one a line. A line has the digit, and behind a space
  /// each a character for each pixel of a row: 0 to 9, and a to g for 10 to 16.
  ///
  /// - Throws: ``DigitImagesError`` for other lines, or too few of them.
  package init(_ text: [UInt8]) throws(DigitImagesError) {
    let lines = text.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // The text behind the last line feed is empty.
    let images = lines.last?.isEmpty == true ? lines.dropLast() : lines[...]
    guard images.count >= Self.fewest else {
      throw .tooFew(count: images.count, needed: Self.fewest)
    }
    for (index, line) in images.enumerated() {
      try append(Array(line), line: index + 1)
    }
  }

  private init() {}

  /// The images are divided into a fifth and the rest.
  private static let partCount = 5
  /// The least number of images, so that a fifth of a fifth still has two.
  private static let fewest = 2 * partCount * partCount

  /// Four fifths of the images and the rest, chosen at random by the seed
  /// alone.
  package func divided(
    seed: UInt64
  ) -> (larger: DigitImages, rest: DigitImages) {
    let random = CounterRandom(seed: seed, stream: 0)
    let order = (0..<count).sorted {
      random.bits(UInt64($0)) < random.bits(UInt64($1))
    }
    let restCount = count / Self.partCount
    return (part(order.dropFirst(restCount)), part(order.prefix(restCount)))
  }

  /// Some images, to whose pixels uniformly distributed noise is added. The
  /// noise depends on the seed and the step alone.
  ///
  /// - Parameters:
  ///   - chosen: The indices of the images.
  ///   - deviation: The standard deviation of the noise.
  ///   - seed: The seed of the run.
  ///   - step: The number of the step.
  /// - Returns: The chosen images with noise, in their order.
  func noisy(
    _ chosen: [Int], deviation: Double, seed: UInt64, step: Int
  ) -> DigitImages {
    var part = part(chosen[...])
    // The streams with lower numbers are those of the first parameters and of
    // the images of each step.
    let random = CounterRandom(seed: seed, stream: 2 << 32 + UInt64(step))
    // The deviation of a uniform number is its range, divided by √12.
    let range = deviation * 12.0.squareRoot()
    for index in part.pixels.indices {
      part.pixels[index] += Float(range * (random.uniform(UInt64(index)) - 0.5))
    }
    return part
  }

  private func part(_ chosen: ArraySlice<Int>) -> DigitImages {
    var part = DigitImages()
    for index in chosen {
      let first = index * Self.pixelCount
      part.pixels += pixels[first..<first + Self.pixelCount]
      part.digits.append(digits[index])
    }
    return part
  }

  private mutating func append(
    _ line: [UInt8], line number: Int
  ) throws(DigitImagesError) {
    let length = 1 + Self.side * (1 + Self.side)
    guard line.count == length else {
      throw .lineLength(line.count, expected: length, line: number)
    }
    for (column, character) in line.enumerated() {
      let isSpace = column % (1 + Self.side) == 1
      let value = level(character)
      switch (column, value) {
      case (0, let digit?) where digit < Self.digitCount:
        digits.append(Int32(digit))
      case (1..., let pixel?) where !isSpace:
        pixels.append((Float(pixel) - 5) / 6)
      case (1..., nil) where isSpace && character == UInt8(ascii: " "):
        break
      default:
        throw .character(character, line: number, column: column + 1)
      }
    }
  }

  /// The level that a character stands for, 0 to 16.
  private func level(_ character: UInt8) -> Int? {
    switch character {
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      Int(character - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "g"):
      Int(character - UInt8(ascii: "a")) + 10
    default: nil
    }
  }
}
