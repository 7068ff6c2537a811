//===--- AdEMAMix+SlowMoment.swift - forgets old gradients ----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
      let scale = factor * states[index].scales.slow.value
      // The rest of a smaller one is nothing beside any gradient.
      if LazyScale.dampedRange.contains(scale) {
        states[index].scales.slow.value = scale
      } else {
        states[index].clearSlow()
      }
    }
  }

  /// Sets the slow moment to 0, NaN included, and lets the schedules of alpha
  /// and beta3 start again.
  ///
  /// - Parameter group: The name of a group; `nil` is all.
  /// - Throws: ``AdEMAMixError/unknownGroup(_:)``.
  /// - Complexity: O(count of the shard).
  public mutating func resetSlowMoment(
    inGroup group: String? = nil
  ) throws(AdEMAMixError) {
    for index in try indices(ofGroup: group) {
      states[index].clearSlow()
      states[index].stepCounts.slow = 0
    }
  }

  private func indices(
    ofGroup name: String?
  ) throws(AdEMAMixError) -> Range<Int> {
    guard let name else { return 0..<states.count }
    let index = try index(ofGroup: name)
    return index..<(index + 1)
  }
}

extension GroupState {
  fileprivate mutating func clearSlow() {
    scales.slow = LazyScale()
    if let buffers {
      unsafe buffers.slow.clear(buffers.size)
    }
  }
}
