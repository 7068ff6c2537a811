//===--- ParameterElement+Check.swift - a list of parameters, checked -----===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

extension ParameterElement {
  /// Checks that a list has the parameters of a shard, in memory that a step
  /// would take.
  static func check(
    _ parameters: [Self], _ layout: ParameterLayout, _ shard: Range<Int>
  ) throws(CheckpointError) {
    if Self.self == Scalar.self {
      guard parameters.count == shard.count else {
        throw .parameterCount(parameters.count, expected: shard.count)
      }
      return
    }
    guard parameters.count == layout.tensors.count else {
      throw .tensorCount(parameters.count, expected: layout.tensors.count)
    }
    for (tensor, element) in zip(layout.tensors, parameters) {
      let expected = tensor.range.clamped(to: shard).count
      guard element._count == expected else {
        throw .tensorParameterCount(
          element._count, expected: expected, tensor: tensor.name)
      }
    }
    do throws(AdEMAMixError) {
      try _checkMemory(parameters, layout)
    } catch {
      throw .unsuitableMemory(error)
    }
  }
}
