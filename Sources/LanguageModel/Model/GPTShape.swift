//===--- GPTShape.swift - the sizes of a model ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The sizes of a model.
package struct GPTShape: Sendable, Hashable, Codable {
  /// The number of different characters.
  package var vocabulary: Int
  /// The number of characters in a sequence.
  package var context: Int
  /// The count of numbers that stand for a character between two blocks.
  package var width: Int
  package var heads: Int
  package var blocks: Int

  package init(
    vocabulary: Int, context: Int, width: Int, heads: Int, blocks: Int
  ) {
    self.vocabulary = vocabulary
    self.context = context
    self.width = width
    self.heads = heads
    self.blocks = blocks
  }
}
