//===--- BufferOrder.swift - the memory of tensors, by address ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The buffers of a list of tensors in the order of their addresses, to find
/// those that overlap.
///
/// The order of the last call is nearly always that of the next. Then nothing
/// is sorted and nothing allocated.
struct BufferOrder {
  private struct Buffer {
    let tensor: Int
    let isGradient: Bool
  }

  private var buffers: [Buffer] = []

  /// The first two tensors, by address, of which the parameters of one share
  /// memory with parameters of the other, or with gradients of any.
  ///
  /// - Parameters:
  ///   - tensors: As many at each call.
  ///   - withGradients: Whether gradients are looked at, alike at each call.
  /// - Returns: Their indices, the lower first; equal where it is a tensor's
  ///   own gradient. `nil` where all parameters lie apart.
  /// - Complexity: O(n) for n tensors, O(n·log(n)) where their order is new.
  mutating func firstOverlap<Scalar>(
    among tensors: UnsafeBufferPointer<TensorBuffers<Scalar>>,
    withGradients: Bool
  ) -> (first: Int, second: Int)? {
    if buffers.isEmpty {
      buffers = tensors.indices.flatMap {
        let parameters = Buffer(tensor: $0, isGradient: false)
        return withGradients
          ? [parameters, Buffer(tensor: $0, isGradient: true)] : [parameters]
      }
    }
    func range(_ buffer: Buffer) -> Range<UInt> {
      unsafe buffer.isGradient
        ? addresses(tensors[buffer.tensor].gradients)
        : addresses(UnsafeBufferPointer(tensors[buffer.tensor].parameters))
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
    var parameters: (end: UInt, tensor: Int) = (0, 0)
    var gradients: (end: UInt, tensor: Int) = (0, 0)
    func pair(_ one: Int, _ other: Int) -> (Int, Int) {
      (min(one, other), max(one, other))
    }
    for buffer in buffers {
      let range = range(buffer)
      if range.isEmpty { continue }
      if range.lowerBound < parameters.end {
        return pair(parameters.tensor, buffer.tensor)
      }
      // Gradients may share memory with each other.
      if !buffer.isGradient, range.lowerBound < gradients.end {
        return pair(gradients.tensor, buffer.tensor)
      }
      let reach = (end: range.upperBound, tensor: buffer.tensor)
      if buffer.isGradient {
        if reach.end > gradients.end { gradients = reach }
      } else {
        if reach.end > parameters.end { parameters = reach }
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
