//===--- TensorTree.swift - tensors as a program keeps them ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// Tensors as a program keeps them: a number, an array, a buffer behind a
/// pointer, an array or optional of trees, or a struct that lists its members.
///
///     struct Layer: TensorTree {
///       var weight: [Float]  // 3 rows of 4
///       var bias: [Float]
///
///       mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
///         visitor.visit("weight", &weight, shape: [3, 4])
///         visitor.visit("bias", &bias)
///       }
///     }
///
/// Parameters, gradients and copies in bfloat16 are trees, of one type or of
/// several: a gradient may be a `Layer` too, or an array for each tensor. A
/// call takes arrays out of a tree for its duration and puts them back, so that
/// no element is copied.
///
/// A tree that is a single array or buffer stands for all parameters, one
/// tensor behind the other. Any other tree has one array, buffer or number for
/// each tensor of the layout, in the layout's order.
///
/// Memory behind pointers stays the caller's. It must stay valid for the call,
/// and no other thread may touch it meanwhile. It needs the alignment of its
/// elements and no more. Parameters and copies must share memory with nothing;
/// gradients may share memory with each other.
///
/// - Reference: pytrees in JAX.
public protocol TensorTree<Scalar> {
  /// The type of all numbers in the tree.
  associatedtype Scalar: TensorElement

  /// Shows each member that has tensors to a visitor, by its name.
  ///
  /// Names and order must be the same in each call, and members must not be
  /// read here: a call may have taken their elements.
  ///
  /// - Parameter visitor: The receiver of the members.
  mutating func visitTensors(_ visitor: inout TensorVisitor<Scalar>)

  /// Shows the tensors of an array of such trees. The default shows each tree
  /// by its index; numbers show the array as one tensor.
  ///
  /// - Parameters:
  ///   - trees: The array.
  ///   - visitor: The receiver of the tensors.
  static func visitTensors(
    of trees: inout [Self], _ visitor: inout TensorVisitor<Scalar>)
}

extension TensorTree {
  /// Shows each tree of an array by its index.
  @specialized(where Self == [Float])
  @specialized(where Self == [Double])
  @specialized(where Self == [BFloat16])
  @specialized(where Self == UnsafeMutableBufferPointer<Float>)
  @specialized(where Self == UnsafeMutableBufferPointer<Double>)
  @specialized(where Self == UnsafeBufferPointer<Float>)
  @specialized(where Self == UnsafeBufferPointer<Double>)
  public static func visitTensors(
    of trees: inout [Self], _ visitor: inout TensorVisitor<Scalar>
  ) {
    if visitor.list.onlyReads {
      // A copy of each, since the array may be shared, and would be copied
      // whole to lend an element.
      for index in trees.indices {
        var tree = trees[index]
        visitor.visit(index: index, &tree)
      }
    } else {
      for index in trees.indices { visitor.visit(index: index, &trees[index]) }
    }
  }
}

// Each type of number has these functions itself: generic ones for all types
// would run as code that is not specialized.

extension Float: OptimizerScalar {
  /// Shows the number, as a tensor without dimensions.
  public mutating func visitTensors(_ visitor: inout TensorVisitor<Float>) {
    visitor.list.visit(number: &self)
  }

  /// Shows the numbers of an array, as one tensor.
  public static func visitTensors(
    of trees: inout [Float], _ visitor: inout TensorVisitor<Float>
  ) {
    visitor.list.visit(array: &trees)
  }
}

extension Double: OptimizerScalar {
  /// Shows the number, as a tensor without dimensions.
  public mutating func visitTensors(_ visitor: inout TensorVisitor<Double>) {
    visitor.list.visit(number: &self)
  }

  /// Shows the numbers of an array, as one tensor.
  public static func visitTensors(
    of trees: inout [Double], _ visitor: inout TensorVisitor<Double>
  ) {
    visitor.list.visit(array: &trees)
  }
}

extension BFloat16: TensorElement {
  /// Shows the number, as a tensor without dimensions.
  public mutating func visitTensors(_ visitor: inout TensorVisitor<BFloat16>) {
    visitor.list.visit(number: &self)
  }

  /// Shows the numbers of an array, as one tensor.
  public static func visitTensors(
    of trees: inout [BFloat16], _ visitor: inout TensorVisitor<BFloat16>
  ) {
    visitor.list.visit(array: &trees)
  }
}

extension Array: TensorTree where Element: TensorTree {
  /// Shows the array as one tensor, or each tree in it.
  public mutating func visitTensors(
    _ visitor: inout TensorVisitor<Element.Scalar>
  ) {
    Element.visitTensors(of: &self, &visitor)
  }
}

extension Optional: TensorTree where Wrapped: TensorTree {
  /// Shows the tree, unless there is none.
  public mutating func visitTensors(
    _ visitor: inout TensorVisitor<Wrapped.Scalar>
  ) {
    guard var tree = take() else { return visitor.list.visitNothing() }
    tree.visitTensors(&visitor)
    self = tree
  }
}

extension UnsafeMutableBufferPointer: @unsafe TensorTree
where Element: TensorElement {
  /// Shows the buffer as one tensor.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  @specialized(where Element == BFloat16)
  public mutating func visitTensors(
    _ visitor: inout TensorVisitor<Element>
  ) {
    unsafe visitor.list.visit(buffer: self)
  }
}

extension UnsafeBufferPointer: @unsafe TensorTree
where Element: TensorElement {
  /// Shows the buffer as one tensor that calls may only read.
  @specialized(where Element == Float)
  @specialized(where Element == Double)
  @specialized(where Element == BFloat16)
  public mutating func visitTensors(
    _ visitor: inout TensorVisitor<Element>
  ) {
    unsafe visitor.list.visit(readOnly: self)
  }
}
