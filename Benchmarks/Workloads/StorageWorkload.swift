//===--- StorageWorkload.swift - steps on state in fewer bits -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// Parameters and gradients that optimizers take turns with.
@safe final class StorageWorkload {
  private let parameters: MemoryStream<Float>
  private let gradients: MemoryStream<Float>
  private let narrowGradients: MemoryStream<BFloat16>
  private let copy: MemoryStream<BFloat16>
  private let optimizers: [StorageVariant: Box]

  /// A reference to an optimizer. A dictionary cannot have the optimizer
  /// itself, since it is not copyable.
  private final class Box {
    var optimizer: AdEMAMix<Float>

    init(_ optimizer: consuming AdEMAMix<Float>) {
      self.optimizer = optimizer
    }
  }

  init(count: Int) throws {
    parameters = try MemoryStream(counts: [count], slot: 3) { scattered($0) }
    gradients = try MemoryStream(counts: [count], slot: 4) { scattered($0 + 1) }
    narrowGradients = try MemoryStream(counts: [count], slot: 4) {
      BFloat16(scattered($0 + 1))
    }
    copy = try MemoryStream(counts: [count], slot: 2) { _ in BFloat16(0) }
    optimizers = try Dictionary(
      uniqueKeysWithValues: StorageVariant.allCases.map {
        ($0, Box(try $0.optimizer(count: count)))
      })
  }

  func run(
    _ variant: StorageVariant, _ instructionSet: InstructionSet, threads: Int,
    steps: Int
  ) throws {
    guard let box = optimizers[variant] else { return }
    box.optimizer.instructionSet = instructionSet
    if box.optimizer.threadCount != threads {
      box.optimizer.threadCount = threads
    }
    var parameters = unsafe parameters.parts[0]
    var copy = unsafe copy.parts[0]
    for _ in 0..<steps {
      if variant.weights != .scalar {
        // The copy stands for weights: all of them are 0.
        try unsafe box.optimizer.step(
          &copy, gradients: narrowGradients.parts[0])
      } else if variant.isNarrow {
        try unsafe box.optimizer.step(
          &parameters, gradients: narrowGradients.parts[0], bfloat16Copy: &copy)
      } else {
        try unsafe box.optimizer.step(
          &parameters, gradients: gradients.parts[0])
      }
    }
  }
}
