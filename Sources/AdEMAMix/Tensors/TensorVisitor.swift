//===--- TensorVisitor.swift - sees the tensors of a tree -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The receiver of a tree's members; see ``TensorTree``.
///
///     visitor.visit("weight", &weight, shape: [3, 4])
///     visitor.visit("layers", &layers)  // an array of trees
public struct TensorVisitor<Scalar: TensorElement> {
  /// The memory of the tree.
  let list: TensorList<Scalar>

  init(_ list: TensorList<Scalar>) { self.list = list }

  /// Shows a member. The names of its tensors begin with its own.
  ///
  /// - Parameters:
  ///   - name: A name that no other member has.
  ///   - member: A number, array, buffer or other tree.
  ///   - shape: The sizes of the dimensions of a member that is one tensor,
  ///     which checkpoints keep. `nil` is one dimension. It is evaluated only
  ///     where shapes are asked for, and must not read the member.
  @specialized(where Scalar == Float, Member == [Float])
  @specialized(where Scalar == Double, Member == [Double])
  @specialized(where Scalar == BFloat16, Member == [BFloat16])
  public mutating func visit<Member: TensorTree<Scalar>>(
    _ name: String, _ member: inout Member,
    shape: @autoclosure () -> [Int]? = nil
  ) {
    list.enter(name)
    visit(&member, shape: shape())
    list.leave()
  }

  /// Shows the only member of a struct that is one tensor: the name is that of
  /// the struct.
  ///
  /// - Parameters:
  ///   - member: An array or buffer.
  ///   - shape: The sizes of its dimensions. `nil` is one dimension.
  public mutating func visit<Member: TensorTree<Scalar>>(
    _ member: inout Member, shape: @autoclosure () -> [Int]? = nil
  ) {
    guard list.purpose == .describe else {
      return member.visitTensors(&self)
    }
    if let shape = shape() { list.shape = shape }
    member.visitTensors(&self)
    list.shape = nil
  }

  mutating func visit<Member: TensorTree<Scalar>>(
    index: Int, _ member: inout Member
  ) {
    list.enter(index)
    member.visitTensors(&self)
    list.leave()
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
    let list = TensorList<Tree.Scalar>()
    list.describe(tree)
    return list.specs
  }
}
