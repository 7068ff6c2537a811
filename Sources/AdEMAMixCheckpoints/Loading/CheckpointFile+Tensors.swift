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
      slice -> [TensorDescription] in
      let tensor = layout.tensors[slice.tensor]
      // The file has no moments of a tensor without elements.
      if slice.range.isEmpty { return [] }
      return header.record.stateTensors(
        ofGroup: tensor.group, shape: slice.description.shape
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
    for slice in fileSlices(prefix) {
      try unsafe read(
        slice.description.name,
        into: UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: elements[slice.range])))
    }
  }

  func read(
    _ name: String, into bytes: UnsafeMutableRawBufferPointer
  ) throws(CheckpointError) {
    try CheckpointError.wrapping { () throws(SafeTensorsError) in
      try unsafe file.read(name, into: [bytes])
    }
  }
}
