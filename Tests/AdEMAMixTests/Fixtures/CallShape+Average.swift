//===--- CallShape+Average.swift - an average, in every shape of call -----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport

extension ParameterAverage {
  /// An average of flat parameters, handed over in the given shape.
  init(
    _ shape: CallShape, of parameters: [Scalar], sizes: [Int],
    decay: HyperparameterSchedule,
    threads: Int = 1
  ) throws {
    switch shape {
    case .array:
      try self.init(of: parameters, decay: decay, threads: threads)
    case .span:
      try self.init(of: parameters.span, decay: decay, threads: threads)
    case .buffer:
      self = try unsafe parameters.span.withUnsafeBufferPointer {
        try unsafe ParameterAverage(
          of: $0, decay: decay, threads: threads)
      }
    case .tensorBuffers:
      var parameters = parameters
      self = try unsafe parameters.withTensors(of: sizes) {
        try unsafe ParameterAverage(of: $0, decay: decay, threads: threads)
      }
    case .arrays:
      try self.init(
        of: parameters.cut(into: sizes), decay: decay, threads: threads)
    }
  }

  /// Takes in flat parameters, handed over in the given shape.
  mutating func update(
    _ shape: CallShape, with parameters: [Scalar], sizes: [Int],
    after report: StepReport? = nil
  ) throws {
    switch shape {
    case .array: try update(with: parameters, after: report)
    case .span: try update(with: parameters.span, after: report)
    case .buffer:
      try unsafe parameters.withUnsafeBufferPointer {
        try unsafe update(with: $0, after: report)
      }
    case .tensorBuffers:
      var parameters = parameters
      try unsafe parameters.withTensors(of: sizes) {
        try unsafe update(with: $0, after: report)
      }
    case .arrays:
      try update(with: parameters.cut(into: sizes), after: report)
    }
  }

  /// Exchanges the averages with flat parameters, handed over in the given
  /// shape.
  mutating func swap(
    _ shape: CallShape, with parameters: inout [Scalar], sizes: [Int]
  ) throws {
    switch shape {
    case .array: try swap(with: &parameters)
    case .span: try swap(with: parameters.mutableSpan)
    case .buffer:
      try unsafe parameters.withUnsafeMutableBufferPointer {
        try unsafe swap(with: &$0)
      }
    case .tensorBuffers:
      try unsafe parameters.withTensors(of: sizes) {
        try unsafe swap(with: &$0)
      }
    case .arrays:
      var tensors = parameters.cut(into: sizes)
      try swap(with: &tensors)
      parameters = Array(tensors.joined())
    }
  }
}
