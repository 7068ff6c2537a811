//===--- AdEMAMix+Diagnostics.swift - from sums to what they mean ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// The measurements of the last pass on each slice of `grid`, which the
  /// workspace's sums and factors are about.
  func measuredNorms(_ grid: TileGrid) -> [SquaredNorms] {
    grid.slices.indices.compactMap { index in
      let slice = grid.slices[index]
      guard let pass = workspace.operands(of: slice, in: grid) else {
        return nil
      }
      let hyperparameters = layout.groups[slice.group].hyperparameters
      return SquaredNorms(
        workspace.sums[index].measured, of: slice, pass,
        workspace.factors.isEmpty ? SliceFactors() : workspace.factors[index],
        hasFast: hyperparameters.hasFastMoment)
    }
  }

  /// The measurements of the step that was just completed.
  ///
  /// - Parameters:
  ///   - report: The report of the step so far.
  ///   - slices: The norms of each slice, in the order of the layout.
  /// - Returns: The measurements.
  func diagnostics(
    _ report: StepReport, _ slices: [SquaredNorms]
  ) -> StepDiagnostics {
    var groups: [StepDiagnostics.Group] = []
    var total = SquaredNorms()
    for (index, group) in layout.groups.enumerated() {
      guard let operands = workspace.groups[index] else { continue }
      var norms = SquaredNorms()
      for slice in slices where slice.group == index { norms.add(slice) }
      total.add(norms)
      groups.append(
        StepDiagnostics.Group(
          name: group.name, learningRate: operands.coefficients.learningRate,
          measurement: StepDiagnostics.Measurement(norms)))
    }
    return StepDiagnostics(
      stepCount: stepCount, groups: groups,
      total: StepDiagnostics.Measurement(total), clipFactor: report.clipFactor,
      skippedStepCount: skippedStepCount)
  }
}

extension StepDiagnostics.Measurement {
  fileprivate init(_ norms: SquaredNorms) {
    func rms(_ square: Double) -> Double {
      norms.count == 0 ? 0 : (square / Double(norms.count)).squareRoot()
    }
    count = norms.count
    gradientRMS = rms(norms.gradient)
    fastRMS = rms(norms.fast)
    slowRMS = rms(norms.slow)
    secondRMS = rms(norms.second)
    updateRMS = rms(norms.update)
    slowToFastRatio = (norms.slowTerm / norms.fastTerm).squareRoot()
    let cosine =
      norms.fastSlow / (norms.fast.squareRoot() * norms.slow.squareRoot())
    // Rounding may take it out of the range. In this order NaN stays.
    fastSlowCosine = max(min(cosine, 1), -1)
    let both = norms.fastTerm + norms.slowTerm + 2 * norms.termProduct
    effectiveLearningRateFactor =
      (max(both, 0) / norms.fastTerm).squareRoot()
    limitedCount = norms.limitedCount
  }
}
