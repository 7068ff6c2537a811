//===--- FileWord.swift - a choice that is a word in files ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A choice of the library that stands in files as a word.
protocol FileWord: CaseIterable {
  /// The word, which may never change.
  var word: String { get }
}

extension FileWord {
  /// The choice that a word stands for.
  init?(word: String) {
    guard let choice = Self.allCases.first(where: { $0.word == word }) else {
      return nil
    }
    self = choice
  }
}
