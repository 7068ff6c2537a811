//===--- TensorVisitor.swift - sees the tensors of a tree -----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The receiver of a tree's members; see ``TensorTree``.
///
///     visitor.visit("weight", &weight, shape: [3, 4])
///     visitor.visit("layers", &layers)  // an array of trees
public struct TensorVisitor<Scalar: TensorElement> {
  /// The use that the visitor makes of a tree.
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

  let purpose: Purpose
  /// The memory of the tree.
  var list: TensorList<Scalar>
  /// The names and shapes of the tensors, where they are noted.
  var specs: [TensorSpec] = []
  /// The names that the tensors should have.
  private let expected: [ParameterLayout.Tensor]?
  /// The shape of the tensor to come, where shapes are noted.
  private var shape: [Int]?
  private var putBackCount = 0

  init(
    _ purpose: Purpose, _ list: consuming TensorList<Scalar>,
    expected: [ParameterLayout.Tensor]? = nil
  ) {
    self.purpose = purpose
    self.list = list
    self.expected = expected
  }

  /// Whether trees stay as they are.
  var onlyReads: Bool { purpose == .describe || purpose == .read }

  /// Shows a member. The names of its tensors begin with its own.
  ///
  /// - Parameters:
  ///   - name: A name that no other member has.
  ///   - member: A number, array, buffer or other tree.
  ///   - shape: The sizes of the dimensions of a member that is one tensor,
  ///     which checkpoints keep. `nil` is one dimension. It is evaluated only
  ///     where shapes are asked for, and must not read the member.
  public mutating func visit<Member: TensorTree>(
    _ name: String, _ member: inout Member,
    shape: @autoclosure () -> [Int]? = nil
  ) where Member.Scalar == Scalar {
    let outer = list.path.enter(name)
    visit(&member, shape: shape())
    list.path.leave(to: outer)
  }

  /// Shows the only member of a struct that is one tensor: the name is that of
  /// the struct.
  ///
  /// - Parameters:
  ///   - member: An array or buffer.
  ///   - shape: The sizes of its dimensions. `nil` is one dimension.
  public mutating func visit<Member: TensorTree>(
    _ member: inout Member, shape: @autoclosure () -> [Int]? = nil
  ) where Member.Scalar == Scalar {
    if purpose == .describe, let shape = shape() { self.shape = shape }
    member.visitTensors(&self)
    self.shape = nil
  }

  mutating func visit<Member: TensorTree>(index: Int, _ member: inout Member)
  where Member.Scalar == Scalar {
    let outer = list.path.enter(index)
    member.visitTensors(&self)
    list.path.leave(to: outer)
  }

  mutating func visit(array: inout [Scalar]) {
    switch purpose {
    case .describe: describe(count: array.count)
    case .read: append(.array(array))
    case .take: append(.array(exchange(&array, with: [])))
    case .putBack:
      if case .array(let elements) = next() { array = elements }
    }
  }

  mutating func visit(number: inout Scalar) {
    switch purpose {
    case .describe:
      shape = shape ?? []
      describe(count: 1)
    case .read, .take: append(.number(number))
    case .putBack:
      if case .number(let element) = next() { number = element }
    }
  }

  mutating func visit(buffer: UnsafeMutableBufferPointer<Scalar>) {
    switch purpose {
    case .describe: describe(count: buffer.count)
    case .read, .take: append(unsafe .buffer(buffer))
    case .putBack: _ = next()
    }
  }

  mutating func visit(readOnly: UnsafeBufferPointer<Scalar>) {
    switch purpose {
    case .describe: describe(count: readOnly.count)
    case .read, .take: append(unsafe .readOnly(readOnly))
    case .putBack: _ = next()
    }
  }

  private mutating func describe(count: Int) {
    specs.append(TensorSpec(list.path.name, shape: shape ?? [count]))
  }

  private mutating func append(_ memory: TensorMemory<Scalar>) {
    let index = list.items.count
    if let expected, list.path.isNamed, list.mismatch == nil,
      index >= expected.count || !list.path.isEqual(to: expected[index].name)
    {
      list.mismatch = list.path.name
    }
    list.isFlat = list.path.isEmpty
    list.items.append(memory)
  }

  /// The memory of the next tensor, to be put back.
  private mutating func next() -> TensorMemory<Scalar> {
    precondition(
      putBackCount < list.items.count,
      "a tree must show the same tensors at each visit, not also "
        + "'\(list.path.name)'")
    defer { putBackCount += 1 }
    return exchange(&list.items[putBackCount], with: .none)
  }

  /// Traps if the tree did not take back all arrays: the others would be lost.
  func requireAllPutBack() {
    precondition(
      putBackCount == list.items.count,
      "a tree must show the same tensors at each visit: \(list.items.count), "
        + "not \(putBackCount)")
  }
}

extension TensorSpec {
  /// The names and shapes of a tree's tensors, for groups and layouts.
  ///
  ///     let layout = try ParameterLayout(TensorSpec.all(in: model)) {
  ///       $0.name.hasSuffix(".bias") ? plain : decayed
  ///     }
  ///
  /// The name of a nested tree's member is such as "layer.weight", and in an
  /// array of trees such as "layers.0.weight".
  ///
  /// - Complexity: O(number of tensors).
  public static func all<Tree: TensorTree>(in tree: Tree) -> [TensorSpec] {
    var tree = tree
    var visitor = TensorVisitor<Tree.Scalar>(.describe, TensorList())
    tree.visitTensors(&visitor)
    return visitor.specs
  }
}
