//===--- SettingDifference.swift - a setting of file and code that differs ===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A setting in which a file and the code differ.
public struct SettingDifference: Sendable, Hashable, CustomStringConvertible {
  /// The setting, such as `group 'body' · learningRate` or `options ·
  /// clipping`.
  public let field: String
  /// The value in the file, in words.
  package let inFile: String
  /// The value in the code, in words.
  package let inCode: String
  /// Whether the code's value counts from now on. Otherwise the file's value
  /// counts.
  public let isKept: Bool

  package init(field: String, inFile: String, inCode: String, isKept: Bool) {
    self.field = field
    self.inFile = inFile
    self.inCode = inCode
    self.isKept = isKept
  }

  /// A line such as `options · isCautious: true in the file, false in the code,
  /// which is kept`.
  public var description: String {
    isKept
      ? "\(field): \(inFile) in the file, \(inCode) in the code, which is kept"
      : "\(field): \(inCode) in the code, \(inFile) in the file, which counts"
  }
}
