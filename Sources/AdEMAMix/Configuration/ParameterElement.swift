//===--- ParameterElement.swift - lists of parameters, flat or by tensor --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// An element of a list of parameters: `Float` or `Double` where all lie in one
/// flat array, `[Float]`, `[Double]` or `TensorBuffers` where each tensor
/// of the layout has memory of its own.
///
/// Do not conform other types.
public protocol ParameterElement {
  /// The scalar type of the parameters.
  associatedtype Scalar: OptimizerScalar

  /// The number of scalars. Not for clients.
  var _count: Int { get }

  /// Checks memory that is not the list's own, its counts being right. Not for
  /// clients.
  static func _checkMemory(
    _ parameters: [Self], _ layout: ParameterLayout
  ) throws(AdEMAMixError)

  /// Lends the elements of a tensor, which lie at `range` in a flat list. Not
  /// for clients.
  static func _read<Failure: Error>(
    _ parameters: [Self], tensor: Int, range: Range<Int>,
    _ body: (UnsafeBufferPointer<Scalar>) throws(Failure) -> Void
  ) throws(Failure)

  /// Replaces the elements of a tensor. Not for clients.
  static func _replace(
    _ parameters: inout [Self], tensor: Int, range: Range<Int>,
    with elements: UnsafeBufferPointer<Scalar>)
}

extension ParameterElement {
  /// Not for clients.
  public static func _checkMemory(
    _ parameters: [Self], _ layout: ParameterLayout
  ) {}
}

extension OptimizerScalar {
  /// Not for clients.
  public var _count: Int { 1 }

  /// Not for clients.
  public static func _read<Failure: Error>(
    _ parameters: [Self], tensor: Int, range: Range<Int>,
    _ body: (UnsafeBufferPointer<Self>) throws(Failure) -> Void
  ) throws(Failure) {
    try unsafe parameters.withUnsafeBufferPointer {
      (parameters) throws(Failure) in
      try unsafe body(UnsafeBufferPointer(rebasing: parameters[range]))
    }
  }

  /// Not for clients.
  public static func _replace(
    _ parameters: inout [Self], tensor: Int, range: Range<Int>,
    with elements: UnsafeBufferPointer<Self>
  ) {
    unsafe parameters.withUnsafeMutableBufferPointer {
      unsafe _ = $0[range].update(fromContentsOf: elements)
    }
  }
}

extension Array: ParameterElement where Element: OptimizerScalar {
  /// The scalar type of the parameters.
  public typealias Scalar = Element

  /// Not for clients.
  public var _count: Int { count }

  /// Not for clients.
  public static func _read<Failure: Error>(
    _ parameters: [[Element]], tensor: Int, range: Range<Int>,
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Void
  ) throws(Failure) {
    try unsafe parameters[tensor].withUnsafeBufferPointer(body)
  }

  /// Not for clients.
  public static func _replace(
    _ parameters: inout [[Element]], tensor: Int, range: Range<Int>,
    with elements: UnsafeBufferPointer<Element>
  ) {
    unsafe parameters[tensor].withUnsafeMutableBufferPointer {
      unsafe _ = $0.update(fromContentsOf: elements)
    }
  }
}
