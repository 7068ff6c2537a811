//===--- ShardTree.swift - a shard of parameters in any tree --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The parameters of a shard, cut out of a tree of all parameters, with a
/// tensor for each tensor of the layout.
@safe struct ShardTree<Scalar: TensorElement>: TensorTree {
  private var tensors: [TensorMemory<Scalar>] = []

  /// Shows the elements that the shard has of each tensor.
  mutating func visitTensors(_ visitor: inout TensorVisitor<Scalar>) {
    for (index, memory) in tensors.enumerated() {
      visitor.list.enter(index)
      switch memory {
      case .none:
        var empty: [Scalar] = []
        visitor.list.visit(array: &empty)
      case .array(var elements): visitor.list.visit(array: &elements)
      case .number(var number): visitor.list.visit(number: &number)
      case .buffer(let elements):
        unsafe visitor.list.visit(readOnly: UnsafeBufferPointer(elements))
      case .readOnly(let elements):
        unsafe visitor.list.visit(readOnly: elements)
      }
      visitor.list.leave()
    }
  }
}

extension CallerTensors {
  /// Calls `body` with the parameters of a shard, which have been checked, to
  /// be read.
  ///
  /// Elements are where they were, but for those of a tensor in an array of its
  /// own that the shard has in part: `body` gets a copy of the part.
  package func withShard<Result: ~Copyable, Failure: Error>(
    _ shard: Range<Int>, of layout: ParameterLayout,
    _ body: (CallerTensors) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if hasSplitWeights {
      return try Self.withTree(of: weights, shard, of: layout) {
        (tree) throws(Failure) in
        let own = CallerTensors()
        own.read(weights: tree, expected: layout.tensors)
        return try body(own)
      }
    }
    return try Self.withTree(of: parameters, shard, of: layout) {
      (tree) throws(Failure) in try body(CallerTensors(reading: tree))
    }
  }

  private static func withTree<
    Element, Result: ~Copyable, Failure: Error
  >(
    of list: TensorList<Element>, _ shard: Range<Int>,
    of layout: ParameterLayout,
    _ body: (ShardTree<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var tree = ShardTree<Element>()
    if list.isFlat {
      var result: Result?
      let all = list[0]
      try unsafe all.read { (all) throws(Failure) in
        for tensor in layout.tensors {
          unsafe tree.append(
            .readOnly(
              UnsafeBufferPointer(
                rebasing: all[tensor.range.clamped(to: shard)])))
        }
        result = try body(tree)
      }
      guard let result = result.take() else {
        preconditionFailure("the elements have been read")
      }
      return result
    }
    for (index, tensor) in layout.tensors.enumerated() {
      let own = tensor.range.clamped(to: shard)
      let first = own.lowerBound - tensor.range.lowerBound
      tree.append(list[index].part(first..<(first + own.count)))
    }
    return try body(tree)
  }
}

extension ShardTree {
  fileprivate mutating func append(_ memory: TensorMemory<Scalar>) {
    tensors.append(memory)
  }
}

extension TensorMemory {
  /// Some of the elements, to be read.
  fileprivate func part(_ range: Range<Int>) -> TensorMemory {
    if range.isEmpty { return .none }
    if range.count == count { return self }
    switch self {
    case .none, .number: return self
    case .array(let elements): return .array(Array(elements[range]))
    case .buffer(let elements):
      return unsafe .readOnly(
        UnsafeBufferPointer(
          UnsafeMutableBufferPointer(rebasing: elements[range])))
    case .readOnly(let elements):
      return unsafe .readOnly(UnsafeBufferPointer(rebasing: elements[range]))
    }
  }
}
