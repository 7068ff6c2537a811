//===--- AdEMAMix+PartialReset.swift - forgets some elements --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Sets moments of some elements of a tensor to 0, NaN included: for the rows
  /// of tokens that were replaced, or for units that are initialized anew.
  ///
  ///     // Row 3 of an embedding of width 64 has a new token.
  ///     try optimizer.resetMoments(
  ///       .slow, of: "embedding", elements: 3 * 64..<4 * 64)
  ///     try optimizer.resetMoments(.all, of: "head")
  ///
  /// All other elements keep their bits, in every storage of moments. So do
  /// gradients that have accumulated for a step. In a group that is frozen and
  /// has moments, they are set to 0 too.
  ///
  /// Clocks and schedules go on, because all tensors of a group share them. So
  /// bias corrections, which are near 1 late in a run, do not make up for
  /// moments that start at 0:
  ///
  /// * Without m2, the parameters move by m1 alone until m2 has grown again,
  ///   in some 1/(1 - β3) steps.
  /// * Without m1 and m2, the first updates are smaller than usual: 1 - β1 of
  ///   the gradient over the old root.
  /// * Without all three, the first update is (1 - β1)/√(1 - β2) learning rates
  ///   an element, which is 3.2 with the defaults, whereas the first update of
  ///   a new optimizer is 1. Under gradients of one sign and size, the updates
  ///   grow to 6.6 learning rates at the twelfth step, and are below 2 after
  ///   some 300. ``StepOptions/updateClipping`` bounds them.
  /// * Without ν alone, old averages are divided by the root of the first new
  ///   gradient, which may be far smaller.
  ///
  /// - Parameters:
  ///   - moments: The moments to set to 0.
  ///   - tensor: The name of a tensor.
  ///   - elements: Elements of the tensor, row by row, counted from 0 in the
  ///     whole tensor. `nil` is the whole tensor. Elements outside the
  ///     optimizer's shard are left to its other owners.
  /// - Throws: ``AdEMAMixError`` with the code `unknownTensor`, or with
  ///   `invalidArgument` for a range that is not in the tensor. Then nothing
  ///   has changed.
  /// - Complexity: O(number of tensors + number of elements).
  public mutating func resetMoments(
    _ moments: MomentSet, of tensor: String, elements: Range<Int>? = nil
  ) throws(AdEMAMixError) {
    let index = try index(ofTensor: tensor)
    let whole = layout.tensors[index].range
    let elements = elements ?? 0..<whole.count
    guard elements.lowerBound >= 0, elements.upperBound <= whole.count else {
      throw .elementsOutOfTensor(elements, tensor: tensor, count: whole.count)
    }
    let slice = (grid.slices + grid.frozen).first { $0.tensor == index }
    guard let slice, let buffers = states[slice.group].buffers else { return }
    // Counted in the flat index space.
    let start = whole.lowerBound
    let owned = whole.clamped(to: shard)
    let range = (start + elements.lowerBound..<start + elements.upperBound)
      .clamped(to: owned)
    let first = slice.momentStart + range.lowerBound - owned.lowerBound
    buffers.clear(moments, first..<first + range.count)
  }
}

extension MomentBuffers {
  /// Makes some elements of some moments 0, counted in the group's moments.
  fileprivate func clear(_ moments: MomentSet, _ range: Range<Int>) {
    if moments.contains(.fast) { unsafe fast?.clear(range) }
    if moments.contains(.slow) { unsafe slow.clear(range) }
    if moments.contains(.second) { unsafe second.clear(range) }
  }
}
