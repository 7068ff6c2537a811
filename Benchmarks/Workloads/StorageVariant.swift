//===--- StorageVariant.swift - storages that a step is timed with --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// The storages of moments, gradients and parameters that a step is timed with.
enum StorageVariant: String, CaseIterable, Encodable {
  case full = "Float"
  case compact
  case minimal
  case bfloat16 = "bfloat16 moments"
  case blockInt16 = "blockInt16 moments"
  case narrow = "Float, bfloat16 gradients"
  case compactNarrow = "compact, bfloat16 gradients"
  case minimalNarrow = "minimal, bfloat16 gradients"
  case compactSplit = "compact, weights in 32 bits"
  case minimalSplit32 = "minimal, weights in 32 bits"
  case minimalSplit24 = "minimal, weights in 24 bits"

  var storage: MomentStorage {
    switch self {
    case .full, .narrow: .full
    case .compact, .compactNarrow, .compactSplit: .compact
    case .minimal, .minimalNarrow, .minimalSplit32, .minimalSplit24: .minimal
    case .bfloat16: MomentStorage(.bfloat16)
    case .blockInt16: MomentStorage(.blockInt16)
    }
  }

  /// An optimizer of so many parameters.
  func optimizer(count: Int) throws -> AdEMAMix<Float> {
    // The rate is so low that parameters stay near their start.
    let hyperparameters = Hyperparameters(learningRate: 1e-6, weightDecay: 0.1)
    let group = ParameterGroup(
      "flat", sizes: [count], hyperparameters, storage: storage)
    return try AdEMAMix([group], weights: weights, engine: .fused)
  }

  /// The form of the weights. Gradients are in bfloat16 where they are split.
  var weights: WeightFormat {
    switch self {
    case .compactSplit, .minimalSplit32: .split32
    case .minimalSplit24: .split24
    case .full, .narrow, .compact, .compactNarrow, .minimal, .minimalNarrow,
      .bfloat16, .blockInt16:
      .scalar
    }
  }

  /// Whether gradients are in bfloat16, and a copy of the parameters is kept.
  var isNarrow: Bool {
    switch self {
    case .narrow, .compactNarrow, .minimalNarrow: true
    case .full, .compact, .minimal, .bfloat16, .blockInt16, .compactSplit,
      .minimalSplit32, .minimalSplit24:
      false
    }
  }
}

extension MomentStorage {
  /// The storage with one format for all moments.
  fileprivate init(_ format: MomentFormat) {
    self.init(fast: format, slow: format, second: format)
  }
}
