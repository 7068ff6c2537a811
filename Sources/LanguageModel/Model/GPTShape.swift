//===--- GPTShape.swift - how large a model is ----------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The sizes of a model.
package struct GPTShape: Sendable, Hashable, Codable {
  /// Different characters.
  package var vocabulary: Int
  /// Characters that a prediction looks back on, itself included.
  package var context: Int
  /// Numbers that stand for a character between two blocks.
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
