//===--- CheckpointFile+Tensors.swift - the tensors of the file, checked --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

extension CheckpointFile {
  /// Checks that the file has the tensors that its metadata asks for, and no
  /// other tensors.
  func requireTensors() throws(CheckpointError) {
    let parameters = fileSlices(.parameter)
    var expected = parameters.flatMap {
      piece -> [TensorDescription] in
      let tensor = layout.tensors[piece.tensor]
      // The file has no moments of a tensor without elements.
      if piece.range.isEmpty { return [] }
      return header.record.stateTensors(
        ofGroup: tensor.group, shape: piece.description.shape
      ).map { $0.description(of: tensor.name, Scalar.self) }
    }
    if hasParameters { expected += parameters.map(\.description) }
    if hasAverage { expected += fileSlices(.average).map(\.description) }
    try CheckpointError.wrapping { () throws(SafeTensorsError) in
      try file.requireTensors(expected)
    }
  }

  func fileSlices(_ prefix: TensorPrefix) -> [FileSlice] {
    let type: StateElementType =
      prefix == .parameter ? header.record.parameterType : .scalar
    return layout.fileSlices(
      of: shard, prefix, type.scalarType(of: Scalar.scalarType))
  }

  /// Reads the slices of the shard, one behind the other.
  func read(
    _ prefix: TensorPrefix, into elements: UnsafeMutableBufferPointer<Scalar>
  ) throws(CheckpointError) {
    for piece in fileSlices(prefix) {
      try unsafe read(
        piece.description.name,
        into: UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: elements[piece.range])))
    }
  }

  func read(
    _ name: String, into bytes: UnsafeMutableRawBufferPointer
  ) throws(CheckpointError) {
    try CheckpointError.wrapping { () throws(SafeTensorsError) in
      try unsafe file.read(name, into: [bytes])
    }
  }

  /// Checks that the file is of a layout, apart from hyperparameters and
  /// freezing, and apart from the storage if that is to be converted.
  func check(
    _ expected: borrowing ParameterLayout, shard expectedShard: Range<Int>,
    weights: WeightFormat, convertingStorage: Bool
  ) throws(CheckpointError) {
    let names = layout.groups.map(\.name)
    let expectedNames = expected.groups.map(\.name)
    guard names.haveSameBytes(as: expectedNames) else {
      throw .groups(names, expected: expectedNames)
    }
    for (stored, group) in zip(layout.groups, expected.groups) {
      let names = stored.tensors.map(\.name)
      let expectedNames = group.tensors.map(\.name)
      guard names.haveSameBytes(as: expectedNames) else {
        throw .groupTensors(names, expected: expectedNames, group: group.name)
      }
      for (tensor, expected) in zip(stored.tensors, group.tensors)
      where tensor.shape != expected.shape {
        throw .shape(
          tensor.shape, expected: expected.shape, tensor: tensor.name)
      }
    }
    let order = layout.tensors.map(\.name)
    let expectedOrder = expected.tensors.map(\.name)
    guard order.haveSameBytes(as: expectedOrder) else {
      throw .tensorOrder(order, expected: expectedOrder)
    }
    guard shard == expectedShard else {
      throw .shard(shard, expected: expectedShard)
    }
    if convertingStorage { return }
    guard header.record.weights == weights else {
      throw .weights(header.record.weights, expected: weights)
    }
    for (stored, group) in zip(layout.groups, expected.groups)
    where !stored.storage.hasFormats(of: group.storage) {
      throw .storage(
        stored.storage, expected: group.storage, group: group.name)
    }
  }
}
