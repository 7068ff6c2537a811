//===--- TensorList+Part.swift - gradients of a part of a model -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension TensorList {
  /// Lends the gradients of some neighbouring tensors, one tensor after the
  /// other.
  ///
  /// - Parameters:
  ///   - tree: A tree of the gradients. Tensors of frozen groups may be empty.
  ///   - name: The name of the part of the model that the tree belongs to.
  ///   - range: The indices of the tensors.
  ///   - layout: The layout of the model.
  ///   - allowsMissing: Whether each tensor may lack its gradient.
  ///   - body: Reads the gradient of a tensor that has one.
  /// - Throws: ``AdEMAMixError`` for a tree of other tensors or counts. Then
  ///   `body` was not called.
  package func lendPart<Tree: TensorTree<Element>>(
    _ tree: Tree, named name: String, _ range: Range<Int>,
    of layout: ParameterLayout, allowsMissing: Bool,
    _ body: (_ tensor: Int, UnsafeBufferPointer<Element>) -> Void
  ) throws(AdEMAMixError) {
    self.allowsMissing = allowsMissing
    scope = (name, range)
    read(tree, expected: layout.tensors)
    defer { clear() }
    let tensors = layout.tensors
    do throws(MemoryFault) {
      if let mismatch { throw .tensorName(mismatch) }
      let expected = isFlat ? 1 : range.count
      guard count == expected else {
        throw .tensorCount(count, expected: expected)
      }
      for index in 0..<count {
        try self[index].checkAlignment(isFlat ? nil : index)
        let found = self[index].count
        let size =
          isFlat
          ? range.reduce(0) { $0 + tensors[$1].range.count }
          : tensors[range.lowerBound + index].range.count
        let mayLack =
          allowsMissing
          || layout.groups[tensors[range.lowerBound + index].group].isFrozen
        guard found == size || found == 0 && mayLack && !isFlat else {
          throw isFlat
            ? .gradientCount(found, expected: size)
            : .tensorGradientCount(found, expected: size, tensor: index)
        }
      }
    } catch {
      throw AdEMAMixError(error, layout, from: range.lowerBound)
    }
    var start = 0
    for tensor in range {
      let size = tensors[tensor].range.count
      unsafe self[isFlat ? 0 : tensor - range.lowerBound].read {
        if $0.isEmpty, size > 0 { return }
        unsafe body(
          tensor,
          isFlat
            ? UnsafeBufferPointer(rebasing: $0[start..<start + size]) : $0)
      }
      start += size
    }
  }
}
