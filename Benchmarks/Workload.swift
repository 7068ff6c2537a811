//===--- Workload.swift - an optimizer and what it optimizes --------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// One optimizer with its parameters and gradients.
///
/// All engines and thread counts take turns on it: the state is the same for
/// all of them.
@safe final class Workload<Scalar: OptimizerScalar> {
  let scenario: Scenario
  private var optimizer: AdEMAMix<Scalar>
  private let parameters: Stream<Scalar>
  private let gradients: Stream<Scalar>
  private let buffers: [TensorBuffers<Scalar>]

  /// One flat buffer.
  convenience init(count: Int) throws {
    try self.init(
      .flat, [GPT2.Tensor(name: "flat", count: count, isDecayed: true)])
  }

  /// A buffer for each tensor.
  convenience init(_ tensors: [GPT2.Tensor]) throws {
    try self.init(.tensors, tensors)
  }

  private init(_ scenario: Scenario, _ tensors: [GPT2.Tensor]) throws {
    // So slow that parameters stay near where they start: values that grow or
    // become denormal would change the times.
    let hyperparameters = Hyperparameters(learningRate: 1e-6, weightDecay: 0.1)
    let decayed = ParameterGroup("decayed", hyperparameters)
    let plain = ParameterGroup("plain", hyperparameters.with(\.weightDecay, 0))
    let isDecayed = Dictionary(
      uniqueKeysWithValues: tensors.map { ($0.name, $0.isDecayed) })
    let layout = try ParameterLayout(
      tensors.map { NamedTensor($0.name, count: $0.count) }
    ) { isDecayed[$0.name] == true ? decayed : plain }

    self.scenario = scenario
    optimizer = try AdEMAMix(layout)
    // The optimizer's moments take slots 0 to 2.
    let counts = tensors.map(\.count)
    parameters = try Stream(counts: counts, slot: 3) { scattered($0) }
    gradients = try Stream(counts: counts, slot: 4) { scattered($0 + 1) }
    unsafe buffers = zip(parameters.parts, gradients.parts).map {
      unsafe TensorBuffers(
        parameters: $0, gradients: UnsafeBufferPointer($1))
    }
  }

  /// Makes steps with an engine on a number of threads.
  func run(_ engine: Engine, threads: Int, steps: Int) throws {
    optimizer.engine = engine
    if optimizer.splitting.threadCount != threads {
      optimizer.splitting.threadCount = threads
    }
    switch scenario {
    case .flat:
      let flat = unsafe buffers[0]
      for _ in 0..<steps {
        try unsafe optimizer.step(flat.parameters, gradients: flat.gradients)
      }
    case .tensors:
      for _ in 0..<steps { try unsafe optimizer.step(buffers) }
    }
  }
}

/// Numbers of either sign between 1/4 and 5/4 in size, without a pattern.
private func scattered<Scalar: OptimizerScalar>(_ index: Int) -> Scalar {
  let bits = UInt32(truncatingIfNeeded: index &+ 1) &* 2_654_435_769
  let size = 0.25 + Scalar(bits >> 9) / Scalar(1 << 23)
  return bits & 256 == 0 ? size : -size
}
