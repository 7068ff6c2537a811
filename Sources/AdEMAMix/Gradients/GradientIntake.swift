//===--- GradientIntake.swift - scales, checks, bounds a gradient ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What is decided about the gradient of one call, before anything changes.
struct GradientIntake {
  private let scale: Double
  private let policy: NonFinitePolicy
  private let clipping: GradientClipping?
  /// Whether the call completes a step.
  private let isComplete: Bool
  /// What the sum of gradients is multiplied by, before clipping.
  private let mean: Double
  /// Whether there are earlier gradients.
  private let hasSum: Bool

  /// How elements are written anew, where they are.
  private(set) var treatment: GradientTreatment?
  /// The norm of the gradient, if it was surveyed and completes a step.
  private(set) var norm: Double?
  /// The smallest factor of any tensor.
  private(set) var clipFactor = 1.0
  private(set) var zeroedElementCount = 0
  /// The first element that is not finite, and the index of its segment.
  private(set) var firstNonFinite: (segment: Int, NonFiniteElement)?
  /// The factor of each tensor, where they differ.
  private var blockFactors: [Double] = []

  init(
    _ options: borrowing StepOptions, isComplete: Bool, accumulatedCount: Int
  ) {
    scale = options.gradientScale
    policy = options.nonFiniteGradients
    clipping = options.clipping
    self.isComplete = isComplete
    hasSum = accumulatedCount > 0
    mean =
      if case .sum = options.accumulation { 1 } else if isComplete {
        1 / Double(accumulatedCount + 1)
      } else { 1 }
    if case .value(let limit) = clipping, isComplete {
      treat { $0.limit = limit }
    }
    if hasSum && isComplete || !GradientTreatment.foldable.contains(scale) {
      treat { _ in }
    }
  }

  /// How the gradient is to be looked at. What is propagated anyway need not be
  /// finite in the scalar type: clipping may make it so.
  var surveyScale: SurveyScale {
    SurveyScale(
      scale: scale,
      unit: policy == .propagate ? 0x1p-1000 : hasSum ? mean : scale)
  }

  /// Whether decisions need a look at the gradient.
  var needsSurvey: Bool {
    if policy != .propagate { return true }
    switch clipping {
    case .globalNorm, .blockRMS: return isComplete
    case .value, nil: return false
    }
  }

  private mutating func treat(_ change: (inout GradientTreatment) -> Void) {
    var treatment =
      treatment
      ?? GradientTreatment(scale: scale, mean: mean, alone: !isComplete)
    change(&treatment)
    self.treatment = treatment
  }

  /// Takes in what a survey found.
  mutating func survey(_ sums: SurveySums, _ plan: TilePlan) {
    let zeroes = policy == .zeroElements
    func found(_ segment: Int) -> GradientSums {
      let found = sums[segment].gradient
      return zeroes ? found.withoutRefused() : found
    }
    var total = GradientSums()
    for index in plan.segments.indices {
      if firstNonFinite == nil,
        let element = sums[index].gradient.firstRefused
      {
        firstNonFinite = (index, element)
      }
      if zeroes { zeroedElementCount += sums[index].gradient.refusedCount }
      total.add(found(index))
    }
    if zeroedElementCount > 0 { treat { $0.zeroes = true } }
    guard isComplete else { return }
    // A survey of a sum has seen the scale already.
    let rest = hasSum ? mean : scale
    let norm = total.norm * rest
    self.norm = norm
    switch clipping {
    case .globalNorm(let limit, let rule):
      clipFactor = rule.factor(norm: norm, limit: limit)
    case .blockRMS(let limit):
      blockFactors = plan.segments.indices.map { index in
        let count = Double(plan.segments[index].count)
        let rms = found(index).norm * rest / count.squareRoot()
        // NaN stays, as in a global norm, unless nothing is to be clipped.
        return rms <= limit || limit.isInfinite ? 1 : limit / rms
      }
      clipFactor = blockFactors.reduce(1) { $1 < $0 || $1.isNaN ? $1 : $0 }
    case .value, nil: break
    }
  }

  /// Sets what the gradient of each segment is multiplied by; empty where
  /// nothing is to be.
  ///
  /// Moderate factors cost nothing: they become part of the step's scalars.
  mutating func setFactors(
    _ factors: inout [SegmentFactors], _ plan: @autoclosure () -> TilePlan
  ) {
    let hasBlocks = !blockFactors.isEmpty
    func isFoldable(_ clip: Double) -> Bool {
      GradientTreatment.foldable.contains(clip * scale)
    }
    if hasBlocks
      ? !blockFactors.allSatisfy(isFoldable) : !isFoldable(clipFactor)
    {
      treat { _ in }
    }
    factors.removeAll(keepingCapacity: true)
    if treatment == nil, scale == 1, clipFactor == 1 { return }
    for index in plan().segments.indices {
      let clip = hasBlocks ? blockFactors[index] : clipFactor
      var segment = SegmentFactors()
      if treatment == nil {
        segment.folded = clip * scale
      } else {
        segment.explicit = clip * mean
      }
      factors.append(segment)
    }
  }
}

extension GradientClipping.NormRule {
  /// What a gradient is multiplied by. NaN stays, so that it is not taken for
  /// a gradient in bounds.
  func factor(norm: Double, limit: Double) -> Double {
    switch self {
    case .optax: norm < limit || limit.isInfinite ? 1 : limit / norm
    case .torch:
      norm + 1e-6 < limit || limit.isInfinite ? 1 : limit / (norm + 1e-6)
    }
  }
}

extension SegmentFactors {
  /// Takes in what the first half of a step found in a tensor of `count`
  /// elements.
  mutating func weigh(
    _ sums: SegmentSums, count: Int, _ options: StepOptions
  ) {
    if options.isCautious {
      let share = Double(sums.agreementCount) / Double(count)
      // So that a few elements do not take huge steps for all.
      update = 1 / max(share, 1e-3)
    }
    if let limit = options.updateClipping {
      let rms = (sums.excess.value / Double(count)).squareRoot()
      rate = rms > limit ? limit / rms : 1
    }
  }
}
