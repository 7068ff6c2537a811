//===--- ParameterLayout+Names.swift - tensors of a part of a model -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension ParameterLayout {
  /// The tensors of a name, or of the part of a tree that has the name.
  ///
  /// - Parameters:
  ///   - name: The name.
  ///   - last: The tensors before or after which they may lie: backward passes
  ///     walk through a model in order.
  /// - Returns: The indices of the tensors.
  /// - Throws: ``AdEMAMixError`` for an unknown name.
  /// - Complexity: O(number of tensors), if they are no neighbours of `last`.
  package func tensors(
    named name: String, near last: Range<Int>
  ) throws(AdEMAMixError) -> Range<Int> {
    func isTensor(_ index: Int) -> Bool {
      tensors.indices.contains(index)
        && tensors[index].name.hasSameBytes(as: name)
    }
    func isOwn(_ index: Int) -> Bool {
      let bytes = tensors[index].name.utf8
      guard bytes.starts(with: name.utf8) else { return false }
      let rest = bytes.dropFirst(name.utf8.count)
      return rest.isEmpty || rest.first == UInt8(ascii: ".")
    }
    let near = [last.lowerBound - 1, last.upperBound].first {
      tensors.indices.contains($0) && isOwn($0)
    }
    guard var first = near ?? tensors.indices.first(where: isOwn) else {
      throw .unknownTensor(name)
    }
    while first > 0, isOwn(first - 1) { first -= 1 }
    // The name of a tensor stands for no other tensor.
    if isTensor(first) { return first..<first + 1 }
    var end = first + 1
    while end < tensors.count, isOwn(end) { end += 1 }
    return first..<end
  }
}
