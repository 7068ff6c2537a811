//===--- RefusedMemoryTests.swift - memory no step can be made on ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import TestSupport
import Testing

@Suite struct `A step changes nothing where it refuses` {
  @Test(arguments: [CallShape.array, .span, .buffer], [0, 7, 9])
  func `a wrong count of a flat buffer`(shape: CallShape, wrong: Int) throws {
    let memory = [Float](repeating: 1, count: wrong)
    try expectRefusal(.parameterCount(wrong, expected: 8), of: memory) {
      try $0.step(shape, &$1, gradients: [Float](repeating: 1, count: 8))
    }
    let parameters = [Float](repeating: 1, count: 8)
    try expectRefusal(.gradientCount(wrong, expected: 8), of: parameters) {
      try $0.step(shape, &$1, gradients: memory)
    }
  }

  @Test(arguments: [
    ([], AdEMAMixError.tensorCount(0, expected: 3)),
    ([(0..<2, 8..<10), (2..<5, 10..<13)], .tensorCount(2, expected: 3)),
    (
      [(0..<2, 8..<10), (2..<5, 10..<13), (5..<8, 13..<16), (8..<8, 8..<8)],
      .tensorCount(4, expected: 3)
    ),
    (
      [(0..<2, 8..<10), (2..<6, 10..<13), (6..<8, 13..<16)],
      .tensorParameterCount(4, expected: 3, tensor: "a.1")
    ),
    (
      [(0..<2, 8..<10), (2..<5, 10..<13), (5..<7, 13..<16)],
      .tensorParameterCount(2, expected: 3, tensor: "b.0")
    ),
    (
      [(0..<2, 8..<11), (2..<5, 11..<14), (5..<8, 13..<16)],
      .tensorGradientCount(3, expected: 2, tensor: "a.0")
    ),
    (
      [(0..<2, 8..<10), (2..<5, 10..<13), (5..<8, 13..<15)],
      .tensorGradientCount(2, expected: 3, tensor: "b.0")
    ),
    (
      [(0..<2, 8..<10), (2..<5, 8..<8), (5..<8, 13..<15)],
      .tensorGradientCount(0, expected: 3, tensor: "a.1")
    ),
  ])
  func `a wrong count among tensors`(
    ranges: [(Range<Int>, Range<Int>)], error: AdEMAMixError
  ) throws {
    let memory = (0..<16).map(Float.init)
    try expectRefusal(error, of: memory) {
      try $0.step(in: &$1, ranges.map(TensorPlace.init))
    }
    let parameters = ranges.map { Array(memory[$0.0]) }
    var separate = parameters
    try expectRefusal(error, of: []) { optimizer, _ in
      try optimizer.step(
        &separate, gradients: ranges.map { Array(memory[$0.1]) })
    }
    #expect(separate == parameters)
  }

  @Test(arguments: [(2, 3), (3, 2), (2, 4), (4, 2)])
  func `lists of parameters and gradients that differ`(
    parameterCount: Int, gradientCount: Int
  ) throws {
    let tensors: [[Float]] = [[1, 2], [3, 4, 5], [6, 7, 8], []]
    var separate = Array(tensors.prefix(parameterCount))
    let wrong = parameterCount == 3 ? gradientCount : parameterCount
    try expectRefusal(.tensorCount(wrong, expected: 3), of: []) {
      optimizer, _ in
      try optimizer.step(
        &separate, gradients: Array(tensors.prefix(gradientCount)))
    }
    #expect(separate == Array(tensors.prefix(parameterCount)))
  }

  @Test(arguments: 1..<4)
  func `a misaligned buffer`(skew: Int) throws {
    let memory = [Float](repeating: 1, count: 20)
    func isMisaligned(_ error: AdEMAMixError, _ tensor: String?) -> Bool {
      let address = Int(error.value ?? 0)
      return error
        == .misalignedBuffer(
          address: UInt(address), alignment: 4, tensor: tensor)
        && address % 4 == skew
    }
    try expectRefusal({ isMisaligned($0, nil) }, of: memory) {
      try $0.step(
        in: &$1, flat: TensorPlace(parameters: 0..<8, gradients: 8..<16),
        skew: skew)
    }
    try expectRefusal({ isMisaligned($0, "b.0") }, of: memory) {
      try $0.step(in: &$1, places, skew: skew)
    }
  }

  @Test(arguments: [(0..<8, 0..<8), (0..<8, 7..<15), (7..<15, 0..<8)])
  func `flat buffers that overlap`(
    parameters: Range<Int>, gradients: Range<Int>
  ) throws {
    let place = TensorPlace(parameters: parameters, gradients: gradients)
    try expectRefusal(.overlappingBuffers, of: (0..<16).map(Float.init)) {
      try $0.step(in: &$1, flat: place)
    }
  }

  @Test(arguments: [
    // Parameters that are their own gradients, wholly and in part.
    (1, TensorPlace(parameters: 2..<5, gradients: 2..<5), ("a.1", "a.1")),
    (1, TensorPlace(parameters: 2..<5, gradients: 4..<7), ("a.1", "a.1")),
    // Parameters of two tensors, wholly and in part.
    (2, TensorPlace(parameters: 2..<5, gradients: 13..<16), ("a.1", "b.0")),
    (2, TensorPlace(parameters: 4..<7, gradients: 13..<16), ("a.1", "b.0")),
    // Parameters inside the gradients of another tensor, and the reverse.
    (0, TensorPlace(parameters: 11..<13, gradients: 8..<10), ("a.0", "a.1")),
    (2, TensorPlace(parameters: 5..<8, gradients: 1..<4), ("a.0", "b.0")),
  ])
  func `tensors that overlap`(
    index: Int, place: TensorPlace, names: (String, String)
  ) throws {
    var overlapping = places
    overlapping[index] = place
    let error = AdEMAMixError.overlappingTensors(names.0, names.1)
    try expectRefusal(error, of: (0..<16).map(Float.init)) {
      try $0.step(in: &$1, overlapping)
    }
  }
}

private let places = [
  TensorPlace(parameters: 0..<2, gradients: 8..<10),
  TensorPlace(parameters: 2..<5, gradients: 10..<13),
  TensorPlace(parameters: 5..<8, gradients: 13..<16),
]

private func expectRefusal(
  _ error: AdEMAMixError, of memory: [Float],
  sourceLocation: SourceLocation = #_sourceLocation,
  by step: (inout AdEMAMix<Float>, inout [Float]) throws -> Void
) throws {
  try expectRefusal(
    { $0 == error }, of: memory, sourceLocation: sourceLocation, by: step)
}

/// Expects a step to throw, and to leave the optimizer and `memory` alone.
private func expectRefusal(
  _ isExpected: (AdEMAMixError) -> Bool, of memory: [Float],
  sourceLocation: SourceLocation = #_sourceLocation,
  by step: (inout AdEMAMix<Float>, inout [Float]) throws -> Void
) throws {
  let hyperparameters = Hyperparameters(learningRate: 0.1)
  var optimizer = try AdEMAMix<Float>([
    ParameterGroup("a", sizes: [2, 3], hyperparameters),
    ParameterGroup("b", sizes: [3], hyperparameters),
  ])
  var parameters = [Float](repeating: 1, count: 8)
  try optimizer.step(&parameters, gradients: parameters)
  let moments = optimizer.copyMoments()

  var changed = memory
  let thrown = #expect(
    throws: AdEMAMixError.self, sourceLocation: sourceLocation
  ) { try step(&optimizer, &changed) }
  #expect(
    thrown.map(isExpected) == true, "\(String(describing: thrown))",
    sourceLocation: sourceLocation)
  #expect(changed == memory, sourceLocation: sourceLocation)
  #expect(optimizer.copyMoments() == moments, sourceLocation: sourceLocation)
  #expect(optimizer.stepCount == 1, sourceLocation: sourceLocation)
}
