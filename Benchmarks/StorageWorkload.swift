//===--- StorageWorkload.swift - steps on state in fewer bits -------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// Parameters and gradients that optimizers take turns with.
@safe final class StorageWorkload {
  private let parameters: Stream<Float>
  private let gradients: Stream<Float>
  private let narrowGradients: Stream<BFloat16>
  private let copy: Stream<BFloat16>
  private let optimizers: [StorageVariant: Box]

  /// An optimizer, which a dictionary cannot have.
  private final class Box {
    var optimizer: AdEMAMix<Float>

    init(_ optimizer: consuming AdEMAMix<Float>) {
      self.optimizer = optimizer
    }
  }

  init(count: Int) throws {
    parameters = try Stream(counts: [count], slot: 3) { scattered($0) }
    gradients = try Stream(counts: [count], slot: 4) { scattered($0 + 1) }
    narrowGradients = try Stream(counts: [count], slot: 4) {
      BFloat16(scattered($0 + 1))
    }
    copy = try Stream(counts: [count], slot: 2) { _ in BFloat16(0) }
    // So slow that parameters stay near where they start.
    let hyperparameters = Hyperparameters(learningRate: 1e-6, weightDecay: 0.1)
    optimizers = try Dictionary(
      uniqueKeysWithValues: StorageVariant.allCases.map { variant in
        let group = ParameterGroup(
          "flat", sizes: [count], hyperparameters, storage: variant.storage)
        return (variant, Box(try AdEMAMix([group], engine: .fused)))
      })
  }

  /// The bytes of state for each parameter.
  func stateBytes(_ variant: StorageVariant) -> Double {
    guard let optimizer = optimizers[variant] else { return .nan }
    return Double(optimizer.optimizer.stateByteCount)
      / Double(unsafe parameters.parts[0].count)
  }

  func run(_ variant: StorageVariant, threads: Int, steps: Int) throws {
    guard let box = optimizers[variant] else { return }
    if box.optimizer.threadSplit.threadCount != threads {
      box.optimizer.threadSplit.threadCount = threads
    }
    let parameters = unsafe parameters.parts[0]
    for _ in 0..<steps {
      if variant.isNarrow {
        try unsafe box.optimizer.step(
          parameters,
          gradients: UnsafeBufferPointer(narrowGradients.parts[0]),
          roundedInto: copy.parts[0])
      } else {
        try unsafe box.optimizer.step(
          parameters, gradients: UnsafeBufferPointer(gradients.parts[0]))
      }
    }
  }
}
