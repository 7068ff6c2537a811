//===--- DigitsTests.swift - images of digits, read and divided -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Digits
import Layers
import TestSupport
import Testing

@Suite struct `Images of digits` {
  private let file: [UInt8]

  init() throws {
    let path = #filePath.replacing(
      "Tests/ExamplesTests/DigitsTests.swift",
      with: "Sources/Digits/Images/digits.txt")
    file = try content(of: path)
  }

  @Test func `are those of the UCI repository`() throws {
    let images = try DigitImages(file)
    #expect(images.count == 1797)
    // The counts of each digit, from the data's documentation.
    let counts = (0..<10).map { digit in images.digits.count { $0 == digit } }
    #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    // The first row of the first image: 0 0 5 13 9 1 0 0.
    #expect(
      images.pixels.prefix(8).map { $0 * 6 + 5 } == [0, 0, 5, 13, 9, 1, 0, 0])
    let mean = images.pixels.reduce(0, +) / Float(images.pixels.count)
    #expect(abs(mean) < 0.05)
  }

  @Test func `are divided into parts that have none in common`() throws {
    let images = try DigitImages(file)
    let (larger, rest) = images.divided(seed: 0)
    #expect(larger.count == 1438 && rest.count == 359)
    #expect(images.divided(seed: 0).rest == rest)
    #expect(images.divided(seed: 1).rest != rest)
    // Each image is there once, with its digit.
    func all(_ images: DigitImages) -> [[Float]] {
      images.digits.enumerated().map { index, digit in
        [Float(digit)] + images.pixels[(index * 64)..<(index * 64 + 64)]
      }
    }
    #expect(Set(all(larger) + all(rest)) == Set(all(images)))
    // By chance: no digit is missing from the smaller part.
    #expect((0..<10).allSatisfy { rest.digits.count(of: $0) > 20 })
  }

  @Test(arguments: [
    // In line 3, which begins at byte 148: the digit, a space, a pixel.
    (148, "a", DigitImagesError.character(97, line: 3, column: 1)),
    (149, "0", .character(48, line: 3, column: 2)),
    (150, "h", .character(104, line: 3, column: 3)),
    (151, " ", .character(32, line: 3, column: 4)),
    (220, "", .lineLength(72, expected: 73, line: 3)),
    (150, "00", .lineLength(74, expected: 73, line: 3)),
    (221, "\n\n", .lineLength(0, expected: 73, line: 4)),
  ])
  func `of a damaged file are refused`(
    offset: Int, replacement: String, expected: DigitImagesError
  ) {
    var damaged = file
    damaged.replaceSubrange(offset...offset, with: replacement.utf8)
    #expect(throws: expected) { _ = try DigitImages(damaged) }
  }

  @Test func `are refused where they are too few`() {
    #expect(throws: DigitImagesError.tooFew(count: 49, needed: 50)) {
      _ = try DigitImages(Array(file.prefix(49 * 74)))
    }
    #expect(throws: DigitImagesError.tooFew(count: 0, needed: 50)) {
      _ = try DigitImages([])
    }
  }
}

extension [Int32] {
  fileprivate func count(of digit: Int) -> Int { count { $0 == digit } }
}
