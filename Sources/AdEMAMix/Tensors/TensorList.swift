//===--- TensorList.swift - the tensors of one tree -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The memory of a tree's tensors while a call has it.
///
/// Between calls a list is empty, and keeps its capacity. It is a class, so
/// that code that is not specialized for a tree passes a reference around: as a
/// struct it made a step on 1,000 parameters take 25,000 instructions more. Its
/// fields are internal, so that the compiler sees all their uses, and leaves
/// out most checks of exclusive access at run time.
package final class TensorList<Element: TensorElement>: @unchecked Sendable {
  /// The use that a visit makes of a tree.
  enum Purpose {
    /// Names and shapes are noted.
    case describe
    /// Memory is noted, and stays in the tree.
    case read
    /// Arrays are taken out of the tree, to be owned alone.
    case take
    /// Arrays are put back.
    case putBack
  }

  var purpose = Purpose.read
  // Checks of exclusive access to the items and the path would be some 1,500
  // instructions a tensor. No use calls code that could come here again.
  @exclusivity(unchecked) private var items: [TensorMemory<Element>] = []
  /// The number of items, kept here so that asking for it reads no item.
  private(set) var count = 0
  private var pointerCount = 0
  /// Whether the tree is a single leaf.
  var isFlat = false
  /// Whether there is a tree.
  var isGiven = false
  /// The way to the tensor that is being visited.
  @exclusivity(unchecked) private var path = TensorPath()
  /// The shape of the tensor to come, where shapes are noted.
  var shape: [Int]?
  /// The names and shapes of the tensors, where they are noted.
  var specs: [TensorSpec] = []
  /// The name of the first tensor that is not the layout's.
  private(set) var mismatch: String?
  /// Whether the tree may lack some of the expected tensors. Then there are
  /// items without elements in their places.
  var allowsMissing = false
  /// The tensors whose names the tree should have, where it has names.
  private var expected: [ParameterLayout.Tensor]?
  /// The place of a tree that is a part of a model: the name of the part, and
  /// the indices of its tensors in the layout.
  var scope: (name: String, tensors: Range<Int>)?
  private var putBackCount = 0
  /// Whether the tree shows tensors by names.
  private var isNamed = false

  /// No tree.
  init() {}

  /// Whether a visit leaves the tree as it is.
  var onlyReads: Bool { purpose == .describe || purpose == .read }

  /// The memory of a tensor.
  subscript(tensor: Int) -> TensorMemory<Element> { unsafe items[tensor] }

  /// The number of elements of each tensor.
  var sizes: [Int] { unsafe items.map(\.count) }

  /// Replaces the memory of a tensor, so that it is owned alone.
  func exchange(
    _ tensor: Int, with memory: TensorMemory<Element>
  ) -> TensorMemory<Element> {
    unsafe Swift.exchange(&items[tensor], with: memory)
  }

  /// Whether some memory lies behind pointers.
  var havePointers: Bool { pointerCount > 0 }

  /// Whether all memory lies behind pointers.
  var arePointers: Bool { pointerCount == count }

  /// Takes the memory out of a tree.
  ///
  /// - Parameters:
  ///   - tree: The tree. ``putBack(into:)`` returns its memory.
  ///   - expected: The tensors whose names the tree should have, where it has
  ///     names.
  package func take<Tree: TensorTree<Element>>(
    from tree: inout Tree, expected: [ParameterLayout.Tensor]? = nil
  ) {
    visit(&tree, .take, expected)
  }

  /// Notes the memory of a tree, which stays in it.
  package func read<Tree: TensorTree<Element>>(
    _ tree: Tree, expected: [ParameterLayout.Tensor]? = nil
  ) {
    var tree = tree
    visit(&tree, .read, expected)
  }

  /// Notes the names and shapes of a tree.
  func describe<Tree: TensorTree<Element>>(_ tree: Tree) {
    var tree = tree
    visit(&tree, .describe, nil)
  }

  private func visit<Tree: TensorTree<Element>>(
    _ tree: inout Tree, _ purpose: Purpose,
    _ expected: [ParameterLayout.Tensor]?
  ) {
    self.purpose = purpose
    self.expected = expected
    isGiven = true
    var visitor = TensorVisitor(self)
    tree.visitTensors(&visitor)
    guard allowsMissing, isNamed, mismatch == nil, let expected else { return }
    let end = scope?.tensors.count ?? expected.count
    while count < end { appendMissing() }
  }

  /// Returns memory to the tree that it was taken from. Traps if the tree shows
  /// other tensors: some would be lost.
  package func putBack<Tree: TensorTree<Element>>(into tree: inout Tree) {
    purpose = .putBack
    putBackCount = 0
    var visitor = TensorVisitor(self)
    tree.visitTensors(&visitor)
    skipMissing()
    precondition(
      putBackCount == count,
      "a tree must show the same tensors at each visit: \(count), not "
        + "\(putBackCount)")
    clear()
  }

  /// Forgets the tree.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  @specialized(where Element == BFloat16)
  func clear() {
    allowsMissing = false
    scope = nil
    guard isGiven else { return }
    count = 0
    pointerCount = 0
    unsafe items.removeAll(keepingCapacity: true)
    isFlat = false
    isGiven = false
    isNamed = false
    mismatch = nil
    expected = nil
  }

  func enter(_ name: String) { unsafe path.enter(name) }

  func enter(_ index: Int) { unsafe path.enter(index) }

  func leave() { unsafe path.leave() }

  func visit(array: inout [Element]) {
    switch purpose {
    case .describe: describe(count: array.count)
    case .read: append(.array(array))
    case .take: append(.array(Swift.exchange(&array, with: [])))
    case .putBack:
      if case .array(let elements) = next() { array = elements }
    }
  }

  func visit(number: inout Element) {
    switch purpose {
    case .describe:
      shape = shape ?? []
      describe(count: 1)
    case .read, .take: append(.number(number))
    case .putBack:
      if case .number(let element) = next() { number = element }
    }
  }

  func visit(buffer: UnsafeMutableBufferPointer<Element>) {
    switch purpose {
    case .describe: describe(count: buffer.count)
    case .read, .take: append(unsafe .buffer(buffer))
    case .putBack: _ = next()
    }
  }

  func visit(readOnly: UnsafeBufferPointer<Element>) {
    switch purpose {
    case .describe: describe(count: readOnly.count)
    case .read, .take: append(unsafe .readOnly(readOnly))
    case .putBack: _ = next()
    }
  }

  private func describe(count: Int) {
    specs.append(unsafe TensorSpec(path.name, shape: shape ?? [count]))
  }

  @specialized(where Element == Float)
  @specialized(where Element == Double)
  @specialized(where Element == BFloat16)
  private func append(_ memory: TensorMemory<Element>) {
    if unsafe path.isNamed, mismatch == nil, let expected {
      isNamed = true
      if allowsMissing { appendMissing(expected) }
      let place = count + (scope?.tensors.lowerBound ?? 0)
      if place >= expected.count
        || !(unsafe path).isEqual(
          to: expected[place].name, after: scope?.name)
      {
        unsafe mismatch = (scope.map { $0.name + "." } ?? "") + path.name
      }
    }
    unsafe isFlat = path.isEmpty
    count += 1
    if memory.isPointer { pointerCount += 1 }
    unsafe items.append(memory)
  }

  /// Notes that the tree has no tensor in the next place.
  private func appendMissing() {
    count += 1
    unsafe items.append(.none)
  }

  /// Notes the tensors that the tree lacks before the one that is being
  /// visited.
  private func appendMissing(_ expected: [ParameterLayout.Tensor]) {
    let tensors = scope?.tensors ?? expected.indices
    let first = min(tensors.lowerBound + count, tensors.upperBound)
    let place = expected[first..<tensors.upperBound].firstIndex {
      unsafe path.isEqual(to: $0.name, after: scope?.name)
    }
    guard let place else { return }
    while count < place - tensors.lowerBound { appendMissing() }
  }

  /// Notes a part of the tree that is not there. Names tell which tensors it
  /// would have; without names it would be one.
  func visitNothing() {
    guard allowsMissing, purpose == .read || purpose == .take else { return }
    if unsafe path.isNamed {
      isNamed = true
    } else {
      appendMissing()
    }
  }

  /// Passes over the places of tensors that the tree lacks.
  private func skipMissing() {
    guard allowsMissing else { return }
    while putBackCount < count, case .none = unsafe items[putBackCount] {
      putBackCount += 1
    }
  }

  /// The memory of the next tensor, to be put back.
  private func next() -> TensorMemory<Element> {
    skipMissing()
    precondition(
      putBackCount < count,
      "a tree must show the same tensors at each visit, not also "
        + "'\(unsafe path.name)'")
    defer { putBackCount += 1 }
    return exchange(putBackCount, with: .none)
  }
}
