//===--- SplitElements.swift - both parts of stored weights ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

/// Both parts of weights in a range of the flat index space.
struct SplitElements {
  private let format: WeightFormat
  private(set) var weights: [BFloat16]
  private var corrections: [UInt8]

  /// Weights of 0.
  init(count: Int, _ format: WeightFormat) {
    self.format = format
    weights = Array(repeating: BFloat16(0), count: count)
    corrections = Array(repeating: 0, count: count * format.correctionByteCount)
  }

  /// The weights, put together. The scalar type is `Float`.
  func scalars<Scalar: OptimizerScalar>() -> [Scalar] {
    guard let scalars = format.join(weights, corrections) as? [Scalar] else {
      preconditionFailure("weights are split if they are Float alone")
    }
    return scalars
  }

  /// Reads the weights that a file has. Groups that have always been frozen
  /// have no corrections.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - range: The range of the flat index space.
  /// - Throws: ``CheckpointError`` for elements that cannot be read.
  mutating func read<Scalar: OptimizerScalar>(
    _ file: borrowing CheckpointFile<Scalar>, of range: Range<Int>
  ) throws(CheckpointError) {
    let record = file.header.record
    for slice in file.layout.fileSlices(of: range, .parameter, .bfloat16) {
      let tensor = file.layout.tensors[slice.tensor]
      try Self.read(
        file, slice.description.name, slice, of: range, into: &weights,
        stride: MemoryLayout<BFloat16>.stride)
      if record.groups[tensor.group].buffers.contains(.correction) {
        try Self.read(
          file, "\(StateBufferName.correction.word)/\(tensor.name)", slice,
          of: range, into: &corrections, stride: format.correctionByteCount)
      }
    }
  }

  /// Reads the part of a tensor that a file has, in numbers of `stride` bytes.
  private static func read<Scalar: OptimizerScalar, Element>(
    _ file: borrowing CheckpointFile<Scalar>, _ name: String,
    _ slice: FileSlice, of range: Range<Int>, into elements: inout [Element],
    stride: Int
  ) throws(CheckpointError) {
    let overlap = try file.overlap(
      ofTensor: slice.tensor, in: range, unit: 1, stride: stride)
    guard let overlap else { return }
    let bytes =
      (slice.range.lowerBound * stride)..<(slice.range.upperBound * stride)
    // Elements are plain numbers, which any bytes are.
    try unsafe elements.withUnsafeMutableBufferPointer {
      elements throws(CheckpointError) in
      let all = UnsafeMutableRawBufferPointer(elements)
      try unsafe file.read(
        name, overlap,
        into: UnsafeMutableRawBufferPointer(rebasing: all[bytes]))
    }
  }
}
