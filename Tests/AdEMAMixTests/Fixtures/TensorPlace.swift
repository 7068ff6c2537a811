//===--- TensorPlace.swift - tensors at places of one memory --------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// A tensor's place in a memory that holds parameters and gradients.
struct TensorPlace: Sendable {
  var parameters: Range<Int>
  var gradients: Range<Int>
}

extension AdEMAMix {
  /// Makes a step on one buffer of parameters and one of gradients that lie in
  /// `memory`, `skew` bytes behind their places.
  mutating func step(
    in memory: inout [Scalar], flat place: TensorPlace, skew: Int = 0
  ) throws {
    _ = try unsafe memory.withUnsafeMutableBytes { memory in
      let tensor = unsafe ParameterBuffers<Scalar>(
        place, in: memory, skew: skew)
      return try unsafe step(tensor)
    }
  }

  /// Makes a step on tensors that lie in `memory`, the last of them `skew`
  /// bytes behind its place.
  @discardableResult
  mutating func step(
    in memory: inout [Scalar], _ places: [TensorPlace], skew: Int = 0
  ) throws -> StepReport {
    try unsafe memory.withUnsafeMutableBytes { memory in
      let tensors = unsafe places.enumerated().map { index, place in
        unsafe ParameterBuffers<Scalar>(
          place, in: memory, skew: index == places.count - 1 ? skew : 0)
      }
      return try unsafe step(tensors)
    }
  }
}

extension ParameterBuffers {
  fileprivate init(
    _ place: TensorPlace, in memory: UnsafeMutableRawBufferPointer, skew: Int
  ) {
    func buffer(_ range: Range<Int>) -> UnsafeMutableBufferPointer<Scalar> {
      let start = range.lowerBound * MemoryLayout<Scalar>.stride + skew
      return unsafe UnsafeMutableBufferPointer(
        start: (memory.baseAddress.map { unsafe $0 + start })?
          .assumingMemoryBound(to: Scalar.self), count: range.count)
    }
    unsafe self.init(
      parameters: buffer(place.parameters),
      gradients: UnsafeBufferPointer(buffer(place.gradients)))
  }
}
