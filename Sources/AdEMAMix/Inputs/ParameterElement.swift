//===--- ParameterElement.swift - lists of parameters, flat or by tensor --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What a list of parameters consists of: `Float` or `Double` where all lie in
/// one flat array, `[Float]`, `[Double]` or `TensorBuffers` where each tensor of
/// the layout has memory of its own.
///
/// Do not conform other types.
public protocol ParameterElement {
  /// What the list is of in the end.
  associatedtype Scalar: OptimizerScalar

  /// The number of scalars. Not for clients.
  var _count: Int { get }

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

extension OptimizerScalar {
  /// Not for clients.
  public var _count: Int { 1 }

  /// Not for clients.
  public static func _read<Failure: Error>(
    _ parameters: [Self], tensor: Int, range: Range<Int>,
    _ body: (UnsafeBufferPointer<Self>) throws(Failure) -> Void
  ) throws(Failure) {
    try unsafe parameters.span.extracting(range).withUnsafeBufferPointer(body)
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
  /// What the list is of.
  public typealias Scalar = Element

  /// Not for clients.
  public var _count: Int { count }

  /// Not for clients.
  public static func _read<Failure: Error>(
    _ parameters: [[Element]], tensor: Int, range: Range<Int>,
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Void
  ) throws(Failure) {
    let elements = parameters[tensor]
    try unsafe elements.span.withUnsafeBufferPointer(body)
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

extension TensorBuffers: @unsafe ParameterElement
where Scalar: OptimizerScalar {
  /// Not for clients.
  public var _count: Int { unsafe parameters.count }

  /// Not for clients.
  public static func _read<Failure: Error>(
    _ parameters: [Self], tensor: Int, range: Range<Int>,
    _ body: (UnsafeBufferPointer<Scalar>) throws(Failure) -> Void
  ) throws(Failure) {
    try unsafe body(UnsafeBufferPointer(parameters[tensor].parameters))
  }

  /// Not for clients.
  public static func _replace(
    _ parameters: inout [Self], tensor: Int, range: Range<Int>,
    with elements: UnsafeBufferPointer<Scalar>
  ) {
    unsafe _ = parameters[tensor].parameters.update(fromContentsOf: elements)
  }
}
