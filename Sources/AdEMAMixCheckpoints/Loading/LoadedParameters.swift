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
  init(
    _ file: borrowing CheckpointFile<Scalar>,
    _ optimizer: inout AdEMAMix<Scalar>
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

  private static func scalars(
    _ stored: SplitElements?, _ file: borrowing CheckpointFile<Scalar>
  ) throws(CheckpointError) -> [Scalar] {
    if let stored { return stored.scalars() }
    return try file.parameters()
  }

  /// Copies the parameters to the caller's memory.
  func store(
    in tensors: CallerTensors<Scalar>,
    _ optimizer: borrowing AdEMAMix<Scalar>
  ) {
    let slices = optimizer.layout.fileSlices(
      of: optimizer.shard, .parameter, Scalar.scalarType)
    switch self {
    case .scalars(let values):
      unsafe values.withUnsafeBufferPointer { values in
        for slice in slices {
          unsafe tensors.replace(
            tensor: slice.tensor, range: slice.range,
            with: UnsafeBufferPointer(rebasing: values[slice.range]))
        }
      }
    case .split(let values):
      unsafe values.withUnsafeBufferPointer { values in
        for slice in slices {
          unsafe tensors.replace(
            weightsOfTensor: slice.tensor, range: slice.range,
            with: UnsafeBufferPointer(rebasing: values[slice.range]))
        }
      }
    }
  }
}
