//===--- AlteredFile.swift - a checkpoint with something changed ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors
import TestSupport
import Testing

/// How the groups of a small run store their moments.
struct SmallStorages: Sendable, Equatable {
  var a = MomentStorage.full
  var b = MomentStorage.full

  static let stored = SmallStorages(
    a: .minimalOfVersion2,
    b: MomentStorage(
      fast: .bfloat16, slow: .blockInt16, second: .bfloat16))
}

/// A small run, which has every kind of buffer.
func smallRun(_ storages: SmallStorages = .init()) throws -> AdEMAMix<Float> {
  let hyperparameters = Hyperparameters(learningRate: 0.1)
  var optimizer = try AdEMAMix<Float>(
    [
      ParameterGroup(
        "a",
        tensors: [
          TensorSpec("w", shape: [2, 3]), TensorSpec("none", shape: [0, 2]),
        ], hyperparameters, storage: storages.a),
      ParameterGroup(
        "b", sizes: [2], hyperparameters.with(\.beta1, 0), storage: storages.b),
    ], engine: storages == .init() ? .blas : .fused)
  optimizer.options.accumulation = .sum(over: 20)
  optimizer.options.clipping = .globalNorm(.infinity)
  optimizer.options.nonFiniteGradients = .skipStep(limit: 3)
  return optimizer
}

/// A checkpoint of it, to be changed and written anew with checksums that fit:
/// what refuses it is not a checksum.
struct AlteredFile {
  var metadata: Metadata
  var tensors:
    [String: (type: TensorElementType, shape: [Int], bytes: [UInt8])] = [:]

  static let record = "ademamix.optimizer"
  static let average = "ademamix.average"

  init(_ path: String, _ storages: SmallStorages = .init()) throws {
    var optimizer = try smallRun(storages)
    var parameters: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
    var average = try ParameterAverage(of: parameters, decay: 0.9)
    for _ in 0..<45 {
      try optimizer.step(&parameters, gradients: parameters)
      try average.update(with: parameters)
    }
    try optimizer.save(to: path, parameters: parameters, average: average)
    try self.init(reading: path)
  }

  init(reading path: String) throws {
    let file = try SafeTensorsReader(path: path)
    metadata = file.metadata
    for tensor in file.tensors {
      var bytes = [UInt8](repeating: 0, count: try tensor.byteCount())
      var span = bytes.mutableSpan
      try unsafe file.read(tensor.name, into: span.mutableBytes)
      tensors[tensor.name] = (tensor.elementType, tensor.shape, bytes)
    }
  }

  /// Replaces a text that must be there by another, once.
  mutating func replace(
    _ old: String, by new: String, in key: String = record
  ) throws {
    let text = try #require(metadata[key])
    let range = try #require(text.firstRange(of: old), "\(text)")
    metadata[key] = text.replacingCharacters(in: range, with: new)
  }

  /// Replaces the first elements of a tensor.
  mutating func set(_ tensor: String, _ elements: [Float]) {
    set(tensor, codes: elements)
  }

  /// Replaces the first elements of a tensor of some type.
  mutating func set<Code: BitwiseCopyable>(_ tensor: String, codes: [Code]) {
    let changed = bytes(codes)
    tensors[tensor]?.bytes.replaceSubrange(0..<changed.count, with: changed)
  }

  func write(to path: String) throws {
    var file = try SafeTensorsWriter(
      path: path,
      tensors: tensors.map {
        TensorDescription($0.key, $0.value.type, shape: $0.value.shape)
      }, metadata: metadata)
    for (name, tensor) in tensors {
      try unsafe file.append(tensor.bytes.span.bytes, to: name)
    }
    try file.finish()
  }
}

extension String {
  fileprivate func replacingCharacters(
    in range: Range<Index>, with text: String
  ) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
