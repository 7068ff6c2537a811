//===--- AdEMAMix+SlowMoment.swift - forgets old gradients ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// Multiplies the slow moment by a factor, for instance where the
  /// distribution of the data changes: old gradients are a liability then
  /// (Pagliardini et al., 2024, section 5).
  ///
  /// The schedules of alpha and beta3 go on.
  ///
  /// - Parameters:
  ///   - factor: The share that is left, 0 ... 1.
  ///   - group: The name of a group; `nil` is all.
  /// - Throws: ``AdEMAMixError`` for a factor out of range or an unknown name.
  ///   Then nothing has changed.
  /// - Complexity: O(number of groups): the factor becomes part of the moment's
  ///   scale, or O(count of the shard) where it is 0, alone or with the factors
  ///   since the last step.
  public mutating func dampSlowMoment(
    by factor: Double, inGroup group: String? = nil
  ) throws(AdEMAMixError) {
    guard (0...1).contains(factor) else { throw .dampingFactor(factor) }
    for index in try indices(ofGroup: group) {
      let scale = factor * states[index].history.scales.slow.value
      // The rest of a smaller one is nothing beside any gradient.
      if LazyScale.dampedRange.contains(scale) {
        states[index].history.scales.slow.value = scale
        // Tensors that were left alone have scales of their own.
        updateHistories(ofGroup: index) {
          $0.scales.slow.value = max(
            factor * $0.scales.slow.value, LazyScale.dampedRange.lowerBound)
        }
      } else {
        clearSlow(ofGroup: index)
      }
    }
  }

  /// Sets the slow moment to 0, NaN included, and lets the schedules of alpha
  /// and beta3 start again.
  ///
  /// - Parameter group: The name of a group; `nil` is all.
  /// - Throws: ``AdEMAMixError/Code/unknownGroup``.
  /// - Complexity: O(count of the shard).
  public mutating func resetSlowMoment(
    inGroup group: String? = nil
  ) throws(AdEMAMixError) {
    for index in try indices(ofGroup: group) {
      clearSlow(ofGroup: index)
      states[index].history.stepCounts.slow = 0
      updateHistories(ofGroup: index) { $0.stepCounts.slow = 0 }
    }
  }

  private func indices(
    ofGroup name: String?
  ) throws(AdEMAMixError) -> Range<Int> {
    guard let name else { return 0..<states.count }
    let index = try index(ofGroup: name)
    return index..<(index + 1)
  }

  private mutating func clearSlow(ofGroup index: Int) {
    states[index].history.scales.slow = LazyScale()
    updateHistories(ofGroup: index) { $0.scales.slow = LazyScale() }
    if let buffers = states[index].buffers {
      unsafe buffers.slow.clear(buffers.size)
    }
  }
}
