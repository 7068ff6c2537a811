//===--- LoadedParameters.swift - parameters in the form of an optimizer --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix

/// The parameters of a file in the form that an optimizer has.
enum LoadedParameters<Scalar: OptimizerScalar> {
  case scalars([Scalar])
  /// The upper parts of weights. The optimizer has the corrections.
  case split([BFloat16])

  /// Reads the parameters of a file.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - optimizer: The optimizer that was loaded from the file, and may have
  ///     been given another form of weights. It receives the corrections that
  ///     the file does not have.
  /// - Throws: ``CheckpointError`` for a file without parameters, and for
  ///   elements that cannot be read.
  init<Content: CheckpointContent<Scalar> & ~Copyable>(
    _ file: borrowing Content, _ optimizer: inout AdEMAMix<Scalar>
  ) throws(CheckpointError) {
    let stored = try file.splitWeights()
    if optimizer.weights == .scalar {
      self = .scalars(try Self.scalars(stored, file))
    } else if let stored, file.header.record.weights == optimizer.weights {
      self = .split(stored.weights)
    } else {
      let scalars = try Self.scalars(stored, file)
      self = .split(
        try CheckpointError.wrapping { () throws(AdEMAMixError) in
          try optimizer.splitScalars(scalars)
        })
    }
  }

  private static func scalars<Content: CheckpointContent<Scalar> & ~Copyable>(
    _ stored: SplitElements?, _ file: borrowing Content
  ) throws(CheckpointError) -> [Scalar] {
    if let stored { return stored.scalars() }
    return try file.parameters()
  }

  /// Copies the parameters to the caller's memory.
  ///
  /// - Parameters:
  ///   - tensors: The caller's trees, which have been checked.
  ///   - isOfModel: Whether the trees have the whole model.
  ///   - optimizer: The optimizer of the shard that the parameters are of.
  func store(
    in tensors: CallerTensors<Scalar>, isOfModel: Bool = false,
    _ optimizer: borrowing AdEMAMix<Scalar>
  ) {
    let shard = optimizer.shard
    let slices = optimizer.layout.fileSlices(
      of: shard, .parameter, Scalar.scalarType)
    let all = optimizer.layout.tensors
    /// The place of a slice in one buffer of all, and in one of its tensor.
    func place(_ slice: FileSlice) -> (Range<Int>, Int) {
      if !isOfModel || slice.range.isEmpty { return (slice.range, 0) }
      let first = shard.lowerBound + slice.range.lowerBound
      return (
        first..<(first + slice.range.count),
        first - all[slice.tensor].range.lowerBound
      )
    }
    switch self {
    case .scalars(let values):
      unsafe values.withUnsafeBufferPointer { values in
        for slice in slices {
          let (range, start) = place(slice)
          unsafe tensors.replace(
            tensor: slice.tensor, range: range, from: start,
            with: UnsafeBufferPointer(rebasing: values[slice.range]))
        }
      }
    case .split(let values):
      unsafe values.withUnsafeBufferPointer { values in
        for slice in slices {
          let (range, start) = place(slice)
          unsafe tensors.replace(
            weightsOfTensor: slice.tensor, range: range, from: start,
            with: UnsafeBufferPointer(rebasing: values[slice.range]))
        }
      }
    }
  }
}
