//===--- CheckpointHeader+Layout.swift - whether it is of a layout --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

extension CheckpointHeader {
  /// Checks that the record is of a layout, apart from hyperparameters and
  /// freezing, and apart from the storage if that is to be converted.
  func check(
    _ expected: borrowing ParameterLayout, shard expectedShard: Range<Int>,
    weights: WeightFormat, convertingStorage: Bool
  ) throws(CheckpointError) {
    let layout = record.layout
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
    guard record.shard == expectedShard else {
      throw .shard(record.shard, expected: expectedShard)
    }
    if convertingStorage { return }
    guard record.weights == weights else {
      throw .weights(record.weights, expected: weights)
    }
    for (stored, group) in zip(layout.groups, expected.groups)
    where !stored.storage.hasFormats(of: group.storage) {
      throw .storage(
        stored.storage, expected: group.storage, group: group.name)
    }
  }
}
