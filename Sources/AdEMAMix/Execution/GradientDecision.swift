//===--- GradientDecision.swift - the treatment of one gradient -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The decision about the gradient of one call: a function of the options and
/// of what a scan has found, made before anything changes.
struct GradientDecision {
  /// The transform of elements, or `nil` where coefficients do all of it.
  let transform: GradientTransform?
  /// The norm of the gradient, if it was scanned and completes a step.
  let norm: Double?
  /// The smallest clipping factor of any tensor.
  let clipFactor: Double
  /// The number of elements that count as 0.
  let zeroedElementCount: Int
  /// The first element that is not finite, and the index of its slice.
  let firstNonFinite: (slice: Int, element: NonFiniteElement)?

  private let scale: Double
  private let mean: Double
  /// The clipping factor of each slice, where they differ.
  private let sliceClipFactors: [Double]

  /// Decides about a gradient.
  ///
  /// - Parameters:
  ///   - options: The options of the call.
  ///   - plan: The plan of the call.
  ///   - limit: The largest magnitude that moments take in.
  ///   - scan: The sums of a scan and the slices they are about. `nil` where
  ///     the plan has no scan.
  init(
    _ options: borrowing StepOptions, _ plan: StepPlan, limit: Double,
    scan: (sums: ScanSums, grid: TileGrid)?
  ) {
    let hasSum = plan.accumulatedCount > 0
    let scale = plan.scale
    let found = scan.map {
      Findings(
        $0.sums, $0.grid, zeroes: options.nonFiniteGradients == .zeroElements)
    }
    // A scan of a sum has seen the scale already.
    let rest = hasSum ? plan.mean : scale
    var norm: Double?
    var clipFactor = 1.0
    var sliceClipFactors: [Double] = []
    if let found, let scan, plan.isComplete {
      let wholeNorm = found.norm * rest
      norm = wholeNorm
      switch options.clipping {
      case .globalNorm(let limit, let rule):
        clipFactor = rule.factor(norm: wholeNorm, limit: limit)
      case .blockRMS(let limit):
        sliceClipFactors = scan.grid.slices.indices.map { index in
          let count = Double(scan.grid.slices[index].count)
          let rms = found.norm(ofSlice: index) * rest / count.squareRoot()
          // NaN stays, as in a global norm, unless nothing is to be clipped.
          return rms <= limit || limit.isInfinite ? 1 : limit / rms
        }
        clipFactor = sliceClipFactors.reduce(1) {
          $1 < $0 || $1.isNaN ? $1 : $0
        }
      case .value, nil: break
      }
    }
    let zeroedElementCount = found?.zeroedCount ?? 0

    func isFoldable(_ clip: Double) -> Bool {
      GradientTransform.foldable.contains(clip * scale)
    }
    let canFold =
      isFoldable(1)
      && (sliceClipFactors.isEmpty
        ? isFoldable(clipFactor) : sliceClipFactors.allSatisfy(isFoldable))
    // With a factor in the coefficients, elements are bounded before they are
    // multiplied by it. Elements that clipping makes small must not be.
    let isLarge = plan.isComplete && (found?.norm ?? 0) > limit
    var valueLimit: Double?
    if case .value(let limit) = options.clipping, plan.isComplete {
      valueLimit = limit
    }
    let isTransformed =
      valueLimit != nil || hasSum && plan.isComplete || zeroedElementCount > 0
      || !canFold || isLarge && clipFactor != 1
    transform =
      isTransformed
      ? GradientTransform(
        scale: scale, mean: plan.mean, limit: valueLimit ?? .infinity,
        zeroes: zeroedElementCount > 0, alone: !plan.isComplete) : nil
    firstNonFinite = found?.firstNonFinite
    self.norm = norm
    self.clipFactor = clipFactor
    self.zeroedElementCount = zeroedElementCount
    self.scale = scale
    mean = plan.mean
    self.sliceClipFactors = sliceClipFactors
  }

  /// Writes the factors of each slice; none where all are 1.
  ///
  /// - Parameters:
  ///   - factors: The factors, replaced. Their memory is used again.
  ///   - count: The number of slices.
  func write(
    _ factors: inout [SliceFactors], count: @autoclosure () -> Int
  ) {
    factors.removeAll(keepingCapacity: true)
    if transform == nil, scale == 1, clipFactor == 1 { return }
    for index in 0..<count() {
      let clip =
        sliceClipFactors.isEmpty ? clipFactor : sliceClipFactors[index]
      var slice = SliceFactors()
      if transform == nil {
        slice.folded = clip * scale
      } else {
        slice.explicit = clip * mean
      }
      factors.append(slice)
    }
  }
}

/// The findings of a scan, over all slices.
private struct Findings {
  /// The norm of the gradient as it stands in memory.
  let norm: Double
  let zeroedCount: Int
  let firstNonFinite: (slice: Int, element: NonFiniteElement)?
  private let sums: ScanSums
  private let zeroes: Bool

  /// The findings about the slices of a grid. `zeroes` says that elements which
  /// are not finite count as 0.
  init(_ sums: ScanSums, _ grid: TileGrid, zeroes: Bool) {
    self.sums = sums
    self.zeroes = zeroes
    var total = GradientSums()
    var zeroedCount = 0
    var first: (slice: Int, element: NonFiniteElement)?
    for index in grid.slices.indices {
      let found = sums[index].gradient
      if first == nil, let element = found.firstRefused {
        first = (index, element)
      }
      if zeroes { zeroedCount += found.refusedCount }
      total.add(zeroes ? found.withoutRefused() : found)
    }
    norm = total.norm
    self.zeroedCount = zeroedCount
    firstNonFinite = first
  }

  func norm(ofSlice slice: Int) -> Double {
    let found = sums[slice].gradient
    return (zeroes ? found.withoutRefused() : found).norm
  }
}

extension GradientClipping.NormRule {
  /// The factor of a gradient. NaN stays, so that it is not taken for a
  /// gradient within bounds.
  fileprivate func factor(norm: Double, limit: Double) -> Double {
    switch self {
    case .optax: norm < limit || limit.isInfinite ? 1 : limit / norm
    case .torch:
      norm + 1e-6 < limit || limit.isInfinite ? 1 : limit / (norm + 1e-6)
    }
  }
}
