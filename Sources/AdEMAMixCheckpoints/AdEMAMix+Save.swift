//===--- AdEMAMix+Save.swift - the state, into a file ---------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

public import AdEMAMix
internal import SafeTensors

extension AdEMAMix {
  /// Saves the state in a safetensors file.
  ///
  ///     try optimizer.save(to: "run/step-1000.safetensors", parameters: parameters)
  ///
  /// The file replaces one that is there once it is whole and on the device: a
  /// crash leaves the old or the new. Nothing is copied in memory.
  ///
  /// The tensors are those of the layout, with `m1/`, `m2/`, `nu/` and
  /// `parameter/` before their names (`sum/` and `residue/` while gradients
  /// accumulate), moments as they are stored. The metadata has the rest of the
  /// optimizer as JSON under `ademamix.optimizer`, with the scales that stored
  /// moments are to be multiplied by.
  ///
  /// - Parameters:
  ///   - path: The file, in a folder that exists.
  ///   - parameters: The parameters of the shard, to save with the state.
  /// - Throws: ``CheckpointError``.
  /// - Complexity: O(count of the shard).
  public func save(
    to path: String, parameters: [Scalar]? = nil
  ) throws(CheckpointError) {
    if let parameters, parameters.count != shard.count {
      throw .parameterCount(parameters.count, expected: shard.count)
    }
    let values = parameters ?? []
    let pieces = statePieces
    let kept = parameters == nil ? [] : parameterPieces
    let metadata = try CheckpointHeader(Scalar.scalarType, record).metadata()
    do throws(SafeTensorsError) {
      var file = try SafeTensorsWriter(
        path: path,
        tensors: kept.map(\.description)
          + pieces.map { $0.description(in: layout) },
        metadata: metadata)
      for piece in kept {
        let elements = values.span.extracting(piece.range)
        try unsafe file.append(elements.bytes, to: piece.description.name)
      }
      for piece in pieces {
        let bytes = unsafe UnsafeRawBufferPointer(piece.elements)
        try unsafe file.append(
          bytes.bytes, to: piece.description(in: layout).name)
      }
      try file.finish()
    } catch {
      throw .file(error)
    }
  }

  /// What the file has of the parameters.
  var parameterPieces: [ParameterPiece] {
    layout.tensors.compactMap { tensor in
      let owned = tensor.range.clamped(to: shard)
      if owned.isEmpty && !tensor.range.isEmpty { return nil }
      return ParameterPiece(
        description: TensorDescription(
          "parameter/\(tensor.name)", Scalar.scalarType,
          shape: owned.count == tensor.range.count
            ? tensor.shape : [owned.count]),
        range: (owned.lowerBound - shard.lowerBound)..<(owned.upperBound
          - shard.lowerBound))
    }
  }
}

/// The elements of one tensor among the parameters.
struct ParameterPiece {
  let description: TensorDescription
  /// Counted in the shard.
  let range: Range<Int>
}

extension StatePiece {
  /// The tensor in the file.
  func description(in layout: ParameterLayout) -> TensorDescription {
    TensorDescription(
      "\(buffer.rawValue)/\(layout.tensors[tensor].name)", Scalar.scalarType,
      shape: shape)
  }
}

extension OptimizerScalar {
  /// The type in the file.
  static var scalarType: ScalarType {
    Self.self == Float.self ? .float32 : .float64
  }
}
