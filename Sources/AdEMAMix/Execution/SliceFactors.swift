//===--- SliceFactors.swift - the factors of one slice --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The factors of one slice.
struct SliceFactors {
  /// The factor of the gradient in the transform of its elements.
  var explicit = 1.0
  /// The factor of the gradient in the coefficients.
  var folded = 1.0
  /// The factor of the direction.
  var update = 1.0
  /// The factor of the whole update, weight decay included.
  var rate = 1.0
}

extension SliceFactors {
  /// Takes in what the first half of a step found in a tensor of `count`
  /// elements.
  mutating func updateFactors(
    _ sums: SliceSums, count: Int, _ options: StepOptions
  ) {
    if options.isCautious { update = sums.agreement.factor }
    if let limit = options.updateClipping {
      let rms = (sums.excess.value / Double(count)).squareRoot()
      rate = rms > limit ? limit / rms : 1
    }
  }
}
