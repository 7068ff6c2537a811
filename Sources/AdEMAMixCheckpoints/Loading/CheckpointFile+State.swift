//===--- CheckpointFile+State.swift - moments and sums, checked -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors
internal import Synchronization

extension CheckpointFile {
  /// Reads the file's elements of one tensor in one buffer of the state, and
  /// checks the elements that must not be just any numbers.
  ///
  /// - Parameters:
  ///   - view: The part of the buffer that lies in the range. Elements that
  ///     the file lacks stay.
  ///   - range: A part of the flat index space.
  /// - Throws: ``CheckpointError``.
  func read(
    _ view: StateBufferView, of range: Range<Int>
  ) throws(CheckpointError) {
    let tensor = layout.tensors[view.tensor].name
    let name = view.stored.description(of: tensor, Scalar.self).name
    let overlap = try overlap(
      ofTensor: view.tensor, in: range, unit: view.stored.elementsPerNumber,
      stride: view.stored.stride(of: Scalar.self))
    guard let overlap else { return }
    switch (view.stored.buffer, view.stored.type) {
    case (.second, .scalar):
      // A step takes roots of the second moment. A NaN is no error: a gradient
      // of NaN leaves one.
      let negative = try unsafe read(
        name, overlap, into: view, of: Scalar.self
      ) { unsafe Scalar.firstNegativeIndex(in: $0) }
      if let negative {
        throw .negativeSecondMoment(
          value: Double(negative.element), index: negative.index,
          tensor: tensor)
      }
    case (.second, .bfloat16):
      let negative = try unsafe read(
        name, overlap, into: view, of: BFloat16.self
      ) { unsafe $0.firstIndex { Float($0) < 0 } }
      if let negative {
        throw .negativeSecondMoment(
          value: Double(Float(negative.element)), index: negative.index,
          tensor: tensor)
      }
    case (.fastMaxima, _), (.slowMaxima, _), (.secondMaxima, _):
      // A magnitude that is not finite would spread to all elements of its
      // block.
      let wrong = try unsafe read(name, overlap, into: view, of: Float.self) {
        unsafe $0.firstIndex { !$0.isFinite }
      }
      if let wrong {
        throw .blockMagnitude(wrong.element, block: wrong.index, tensor: name)
      }
    case (.second, _), (.fast, _), (.slow, _), (.accumulated, _),
      (.compensation, _), (.correction, _):
      try unsafe read(name, overlap, into: view.bytes)
    }
  }

  /// Reads a tensor, and finds its first wrong element while the elements are
  /// in the cache.
  private func read<Element: BitwiseCopyable>(
    _ name: String, _ overlap: SliceOverlap, into view: StateBufferView,
    of _: Element.Type,
    firstWrong: @Sendable (UnsafeBufferPointer<Element>) -> Int?
  ) throws(CheckpointError) -> (index: Int, element: Element)? {
    let lowest = Atomic(Int.max)
    try unsafe read(name, overlap, into: view.bytes) { offset, bytes in
      let elements = unsafe bytes.assumingMemoryBound(to: Element.self)
      guard let index = unsafe firstWrong(elements) else { return }
      lowest.min(
        offset / MemoryLayout<Element>.stride + index, ordering: .relaxed)
    }
    let index = lowest.load(ordering: .relaxed)
    if index == .max { return nil }
    return unsafe (
      index, view.bytes.assumingMemoryBound(to: Element.self)[index]
    )
  }
}
