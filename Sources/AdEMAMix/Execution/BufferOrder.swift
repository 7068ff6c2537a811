//===--- BufferOrder.swift - the memory of tensors, by address ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The buffers of a list of tensors in the order of their addresses, to find
/// those that overlap.
///
/// The order of the last call is nearly always that of the next. Then nothing
/// is sorted and nothing allocated.
package struct BufferOrder: Sendable {
  /// A buffer of a tensor.
  private enum Kind {
    case parameters, weights, copy, gradients
  }

  private struct Buffer {
    let tensor: Int
    let kind: Kind
  }

  /// The kinds of buffers, and of how many tensors.
  private struct Content: Equatable {
    var tensorCount = 0
    var hasWeights = false
    var hasCopies = false
    var hasGradients = false

    var kinds: [Kind] {
      [.parameters] + (hasWeights ? [.weights] : [])
        + (hasCopies ? [.copy] : []) + (hasGradients ? [.gradients] : [])
    }
  }

  private var content = Content()
  private var buffers: [Buffer] = []

  /// No buffers yet.
  package init() {}

  /// The first two tensors, by address, of which memory that is written for one
  /// is shared with other memory of any.
  ///
  /// - Parameters:
  ///   - tensors: The tensors.
  ///   - withGradients: Whether gradients are looked at.
  /// - Returns: Their indices, the lower first; equal where both buffers are of
  ///   one tensor. `nil` where all that is written lies apart.
  /// - Complexity: O(n) for n tensors, O(n·log(n)) where their order is new.
  mutating func firstOverlap<Scalar>(
    among tensors: UnsafeBufferPointer<ParameterBuffers<Scalar>>,
    withGradients: Bool
  ) -> (first: Int, second: Int)? {
    let hasCopies = unsafe tensors.contains {
      unsafe $0.bfloat16Copy != nil
    }
    let hasWeights = unsafe tensors.contains { unsafe $0.weights != nil }
    let content = Content(
      tensorCount: tensors.count, hasWeights: hasWeights,
      hasCopies: hasCopies, hasGradients: withGradients)
    if content != self.content {
      self.content = content
      buffers = tensors.indices.flatMap { tensor in
        content.kinds.map { Buffer(tensor: tensor, kind: $0) }
      }
    }
    func range(_ buffer: Buffer) -> Range<UInt> {
      let tensor = unsafe tensors[buffer.tensor]
      switch buffer.kind {
      case .parameters:
        return unsafe addresses(UnsafeBufferPointer(tensor.parameters))
      case .weights:
        return unsafe tensor.weights.map {
          unsafe addresses(UnsafeBufferPointer($0))
        } ?? 0..<0
      case .copy:
        return unsafe tensor.bfloat16Copy.map {
          unsafe addresses(UnsafeBufferPointer($0))
        } ?? 0..<0
      case .gradients: return unsafe tensor.gradientAddresses
      }
    }
    /// Whether calls only read the buffer, so that others of the kind may share
    /// its memory.
    func isRead(_ buffer: Buffer) -> Bool {
      buffer.kind == .gradients
        && !(unsafe tensors[buffer.tensor].clearsGradients)
    }
    /// By address; tensors of equal address in the layout's order.
    func key(_ buffer: Buffer) -> (UInt, Int) {
      (range(buffer).lowerBound, buffer.tensor)
    }
    let isSorted = zip(buffers, buffers.dropFirst()).allSatisfy {
      key($0) <= key($1)
    }
    if !isSorted {
      buffers.sort { key($0) < key($1) }
    }
    // The furthest end of a buffer so far, and its tensor.
    var written: (end: UInt, tensor: Int) = (0, 0)
    var read: (end: UInt, tensor: Int) = (0, 0)
    func pair(_ one: Int, _ other: Int) -> (Int, Int) {
      (min(one, other), max(one, other))
    }
    for buffer in buffers {
      let range = range(buffer)
      if range.isEmpty { continue }
      if range.lowerBound < written.end {
        return pair(written.tensor, buffer.tensor)
      }
      let isRead = isRead(buffer)
      if !isRead, range.lowerBound < read.end {
        return pair(read.tensor, buffer.tensor)
      }
      let reach = (end: range.upperBound, tensor: buffer.tensor)
      if isRead {
        if reach.end > read.end { read = reach }
      } else {
        if reach.end > written.end { written = reach }
      }
    }
    return nil
  }
}

/// The addresses of a buffer whose count has been checked.
func addresses<Scalar>(
  _ buffer: UnsafeBufferPointer<Scalar>
) -> Range<UInt> {
  let start = UInt(bitPattern: buffer.baseAddress)
  return start..<(start + UInt(buffer.count * MemoryLayout<Scalar>.stride))
}
