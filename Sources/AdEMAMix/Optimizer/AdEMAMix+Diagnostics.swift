//===--- AdEMAMix+Diagnostics.swift - from sums to what they mean ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

extension AdEMAMix {
  /// The measurements of the last pass, slice by slice.
  ///
  /// - Parameter grid: The slices that the workspace's sums and factors are
  ///   about.
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

/// Squared norms of the equations' quantities, and products of them.
struct SquaredNorms {
  /// The index of the group.
  var group = 0
  var count = 0
  var gradient = 0.0
  var fast = 0.0
  var slow = 0.0
  var second = 0.0
  var update = 0.0
  var fastSlow = 0.0
  /// Of the two terms of the numerator, m1/(1-β1ᵗ) and α·m2.
  var fastTerm = 0.0
  var slowTerm = 0.0
  var termProduct = 0.0
  var limitedCount = 0

  init() {}

  /// The measurements on one slice.
  init<Scalar>(
    _ sums: MeasuredSums, of slice: TensorSlice, _ pass: GroupOperands<Scalar>,
    _ factors: SliceFactors, hasFast: Bool
  ) {
    group = slice.group
    count = slice.count
    func product(_ sum: CheckedSum, _ a: Double, _ b: Double) -> Double {
      sum.value * a * b
    }
    let g = factors.folded
    let s1 = hasFast ? pass.scales.fast.value : g
    let s2 = pass.scales.slow.value
    let sν = pass.scales.second.value
    gradient = product(sums.gradient, g, g)
    fast = product(sums.fast, s1, s1)
    slow = product(sums.slow, s2, s2)
    second = product(sums.second, sν, sν)
    fastSlow = product(sums.fastSlow, s1, s2)
    update = product(sums.direction, 1, 1)
    let w1 = pass.coefficients.fastTermWeight * (hasFast ? 1 : g)
    let w2 = pass.coefficients.slowTermWeight
    fastTerm = product(sums.fast, w1, w1)
    slowTerm = product(sums.slow, w2, w2)
    termProduct = product(sums.fastSlow, w1, w2)
    limitedCount = sums.limitedCount
  }

  mutating func add(_ other: SquaredNorms) {
    count += other.count
    gradient += other.gradient
    fast += other.fast
    slow += other.slow
    second += other.second
    update += other.update
    fastSlow += other.fastSlow
    fastTerm += other.fastTerm
    slowTerm += other.slowTerm
    termProduct += other.termProduct
    limitedCount += other.limitedCount
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
