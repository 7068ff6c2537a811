//===--- Workload.swift - an optimizer and what it optimizes --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// One optimizer with its parameters and gradients.
///
/// All engines, thread counts and variants of a step take turns on the
/// workload: the state is the same for all of them.
@safe final class Workload<Scalar: OptimizerScalar> {
  private var optimizer: AdEMAMix<Scalar>
  /// The average, which is made when it is first needed, while the optimizer
  /// does not have it.
  private var average: ParameterAverage<Scalar>?
  private let parameters: MemoryStream<Scalar>
  private let gradients: MemoryStream<Scalar>
  private let isFlat: Bool

  /// One flat buffer, in a state that variants of a step need.
  convenience init(count: Int, _ state: StepVariant.State = .common) throws {
    try self.init(
      [GPT2.Tensor(name: "flat", count: count, isDecayed: true)],
      isFlat: true, state)
  }

  /// A buffer for each tensor.
  convenience init(_ tensors: [GPT2.Tensor]) throws {
    try self.init(tensors, isFlat: false, .common)
  }

  private init(
    _ tensors: [GPT2.Tensor], isFlat: Bool, _ state: StepVariant.State
  ) throws {
    // The rate is so low that parameters stay near their start: values that
    // grow or become denormal would change the times.
    let (rate, decay) = (1e-6, 0.1)
    let hyperparameters =
      state == .simplified
      ? Hyperparameters.simplified(
        learningRate: .constant(rate), weightDecay: .constant(decay))
      : Hyperparameters(
        learningRate: .constant(rate), weightDecay: .constant(decay))
    var decayed = ParameterGroup("decayed", hyperparameters)
    decayed.skipsZeroGradients = state == .skipping || state == .skippingRows
    let plain = ParameterGroup("plain", hyperparameters.with(\.weightDecay, 0))
    let isDecayed = Dictionary(
      uniqueKeysWithValues: tensors.map { ($0.name, $0.isDecayed) })
    let layout = try ParameterLayout(
      tensors.map { TensorSpec($0.name, count: $0.count) }
    ) { isDecayed[$0.name] == true ? decayed : plain }

    self.isFlat = isFlat
    optimizer = try AdEMAMix(layout)
    // The optimizer's moments take slots 0 to 2.
    let counts = tensors.map(\.count)
    parameters = try MemoryStream(counts: counts, slot: 3) { scattered($0) }
    gradients = try MemoryStream(counts: counts, slot: 4) {
      if state == .nonFinite && $0 % 1000 == 500 { return .nan }
      if state == .skippingRows && $0 / 256 % 10 != 0 { return 0 }
      return scattered($0 + 1)
    }
  }

  /// Makes steps with an engine on a number of threads.
  func run(
    _ variant: StepVariant, _ engine: StepEngine,
    _ instructionSet: InstructionSet, threads: Int, steps: Int
  ) throws {
    optimizer.engine = engine
    optimizer.instructionSet = instructionSet
    optimizer.options = variant.options
    if optimizer.threadCount != threads { optimizer.threadCount = threads }
    if optimizer.layout.groups[0].directionLimit != variant.directionLimit {
      try optimizer.updateGroups { $0.directionLimit = variant.directionLimit }
    }
    guard isFlat else {
      var tensors = unsafe parameters.parts
      for _ in 0..<steps {
        try unsafe optimizer.step(&tensors, gradients: gradients.parts)
      }
      return
    }
    try prepareAverage(for: variant, threads: threads)
    var parameters = unsafe parameters.parts[0]
    var gradients = unsafe gradients.parts[0]
    for _ in 0..<steps * variant.callCount {
      switch variant {
      case .updateAlone:
        // The update takes the place of the parameters, so that the same memory
        // is moved.
        try unsafe optimizer.writeUpdate(
          into: &parameters, gradients: gradients)
      case .clearing:
        try unsafe optimizer.step(&parameters, clearing: &gradients)
      case .average:
        try unsafe average?.update(with: parameters)
      case .averageAfterStep:
        try unsafe optimizer.step(&parameters, gradients: gradients)
        try unsafe average?.update(with: parameters)
      default:
        try unsafe optimizer.step(
          &parameters, gradients: gradients,
          gradientScale: variant.gradientScale, diagnostics: variant.measures)
      }
    }
  }

  /// A copy of the optimizer, after a step: no moment is 0.
  func steppedOnce() throws -> AdEMAMix<Scalar> {
    try run(
      .plain, .fused, .widest, threads: availableProcessorCount(), steps: 1)
    return try optimizer.copy()
  }

  /// Gives the average to the optimizer for steps that keep it up to date, and
  /// takes it back for all others.
  private func prepareAverage(
    for variant: StepVariant, threads: Int
  ) throws {
    if optimizer.average != nil { average = optimizer.average.take() }
    guard [.average, .averageAfterStep, .averageInStep].contains(variant) else {
      return
    }
    if average == nil {
      average = try unsafe ParameterAverage(
        of: parameters.parts[0], decay: 0.999)
    }
    average?.threadSplit.threadCount = threads
    if variant == .averageInStep { optimizer.average = average.take() }
  }
}
