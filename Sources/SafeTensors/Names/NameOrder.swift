//===--- NameOrder.swift - tensors by their names -------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The order of the names, by their bytes, in a list of tensors.
///
/// A sorted list of indices takes an eighth of the memory of a dictionary. No
/// choice of names makes the list slow.
struct NameOrder: Sendable {
  /// The indices of the tensors, in the order of their names.
  let indices: [Int]

  /// Sorts the tensors of a list.
  ///
  /// - Throws: ``SafeTensorsFault/duplicateTensor(_:)``.
  /// - Complexity: O(*n* log *n*) for *n* bytes of names.
  init(_ tensors: [some Named]) throws(SafeTensorsFault) {
    let indices = tensors.indices.sorted {
      tensors[$0].name.precedesInBytes(tensors[$1].name)
    }
    for (first, second) in zip(indices, indices.dropFirst())
    where tensors[first].name.hasBytes(of: tensors[second].name) {
      throw .duplicateTensor(tensors[first].name)
    }
    self.indices = indices
  }

  /// The index of the tensor of a name in the same list.
  ///
  /// - Complexity: O(log *n*) for *n* tensors.
  func index(of name: String, in tensors: [some Named]) -> Int? {
    var rest = 0..<indices.count
    while !rest.isEmpty {
      let middle = rest.lowerBound + rest.count / 2
      let index = indices[middle]
      let order = byteOrder(
        name.utf8Span.span, tensors[index].name.utf8Span.span)
      if order == 0 { return index }
      rest =
        order < 0
        ? rest.lowerBound..<middle : (middle + 1)..<rest.upperBound
    }
    return nil
  }
}
