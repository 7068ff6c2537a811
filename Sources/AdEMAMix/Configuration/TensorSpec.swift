//===--- TensorSpec.swift - a parameter tensor ---------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A parameter tensor: its name and shape.
public struct TensorSpec: Sendable, Hashable, Codable {
  /// A name that no other tensor of the model has, or
  /// ``AdEMAMixError/Code/invalidLayout`` is thrown.
  public var name: String
  /// The sizes of the dimensions, at least 0. Checkpoints keep it; to a step
  /// only the number of elements matters.
  public var shape: [Int]

  /// The number of elements, or `Int.max` where
  /// ``ParameterLayout/largestCount`` is exceeded by the product of the sizes
  /// other than 0.
  public var count: Int { boundedCount ?? .max }

  /// The number of elements, or `nil` where a layout has no room for the shape.
  ///
  /// Sizes of 0 do not help the others: whether a shape is refused depends
  /// neither on their order nor on one of them.
  var boundedCount: Int? {
    var product = 1
    for size in shape where size != 0 {
      let (next, isOverflow) = product.multipliedReportingOverflow(by: size)
      if isOverflow || next > ParameterLayout.largestCount { return nil }
      product = next
    }
    return shape.contains(0) ? 0 : product
  }

  /// A tensor of some shape.
  public init(_ name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
  }

  /// A tensor of one dimension.
  public init(_ name: String, count: Int) {
    self.init(name, shape: [count])
  }
}
