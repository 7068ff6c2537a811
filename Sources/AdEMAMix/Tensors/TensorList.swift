//===--- TensorList.swift - the tensors of one tree -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The memory of a tree's tensors while a call has it.
///
/// Between calls a list is empty, and keeps no more than its capacity.
package struct TensorList<Element: TensorElement>: @unchecked Sendable {
  var items: [TensorMemory<Element>] = []
  /// Whether the tree is a single array or buffer.
  var isFlat = false
  /// Whether there is a tree.
  var isGiven = false
  /// The way to the tensor that is being visited.
  var path = TensorPath()
  /// The name of the first tensor that is not the layout's.
  var mismatch: String?

  /// No tree.
  package init() {}

  /// Whether some memory lies behind pointers.
  var havePointers: Bool {
    for index in items.indices where items.span[index].isPointer { return true }
    return false
  }

  /// Whether all memory lies behind pointers.
  var arePointers: Bool {
    for index in items.indices where !items.span[index].isPointer {
      return false
    }
    return true
  }

  /// Takes the memory out of a tree.
  ///
  /// - Parameters:
  ///   - tree: The tree. ``putBack(into:)`` returns its memory.
  ///   - expected: The tensors whose names the tree should have, where it has
  ///     names.
  package mutating func take<Tree: TensorTree<Element>>(
    from tree: inout Tree, expected: [ParameterLayout.Tensor]? = nil
  ) {
    collect(.take, from: &tree, expected)
  }

  /// Notes the memory of a tree, which stays in it.
  package mutating func read<Tree: TensorTree<Element>>(
    _ tree: Tree, expected: [ParameterLayout.Tensor]? = nil
  ) {
    var tree = tree
    collect(.read, from: &tree, expected)
  }

  private mutating func collect<Tree: TensorTree<Element>>(
    _ purpose: TensorVisitor<Element>.Purpose, from tree: inout Tree,
    _ expected: [ParameterLayout.Tensor]?
  ) {
    isGiven = true
    var visitor = TensorVisitor(
      purpose, exchange(&self, with: TensorList()), expected: expected)
    tree.visitTensors(&visitor)
    self = exchange(&visitor.list, with: TensorList())
  }

  /// Returns memory to the tree that it was taken from.
  package mutating func putBack<Tree: TensorTree<Element>>(
    into tree: inout Tree
  ) {
    var visitor = TensorVisitor(
      .putBack, exchange(&self, with: TensorList()))
    tree.visitTensors(&visitor)
    visitor.requireAllPutBack()
    self = exchange(&visitor.list, with: TensorList())
    clear()
  }

  /// Forgets the tree.
  mutating func clear() {
    items.removeAll(keepingCapacity: true)
    isFlat = false
    isGiven = false
    mismatch = nil
  }
}
