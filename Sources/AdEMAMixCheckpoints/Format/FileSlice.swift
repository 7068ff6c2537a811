//===--- FileSlice.swift - what a shard has of a tensor -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

package import AdEMAMix
package import SafeTensors

/// The elements of one tensor in a shard, where parameters and averages lie.
struct FileSlice {
  /// The index of the tensor in the layout.
  let tensor: Int
  /// Counted from the start of the shard.
  let range: Range<Int>
  /// The tensor in the file.
  let description: TensorDescription
}

/// What comes before the name of a tensor in the file, beside the buffers of
/// the state.
enum TensorPrefix: String {
  case parameter
  case average
}

extension ParameterLayout {
  /// The pieces of the tensors in a shard, in the order of the layout.
  func fileSlices(
    of shard: Range<Int>, _ prefix: TensorPrefix,
    _ scalarType: TensorElementType
  ) -> [FileSlice] {
    tensors.indices.compactMap { index in
      let tensor = tensors[index]
      let owned = tensor.range.clamped(to: shard)
      if owned.isEmpty && !tensor.range.isEmpty { return nil }
      let start = owned.lowerBound - shard.lowerBound
      return FileSlice(
        tensor: index, range: start..<(start + owned.count),
        description: TensorDescription(
          "\(prefix.rawValue)/\(tensor.name)", scalarType,
          shape: owned.count == tensor.range.count
            ? tensor.shape : [owned.count]))
    }
  }
}

extension StateTensor {
  /// The tensor in the file.
  func description<Scalar: OptimizerScalar>(
    of tensor: String, _: Scalar.Type
  ) -> TensorDescription {
    TensorDescription(
      "\(buffer.word)/\(tensor)", type.scalarType(of: Scalar.scalarType),
      shape: shape)
  }
}

extension StateElementType {
  /// The type in a file of a scalar type.
  package func scalarType(of scalar: TensorElementType) -> TensorElementType {
    switch self {
    case .scalar: scalar
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int16: .int16
    case .int8: .int8
    case .uint16: .uint16
    case .uint8: .uint8
    }
  }
}

extension OptimizerScalar {
  /// The type in the file.
  static var scalarType: TensorElementType {
    Self.self == Float.self ? .float32 : .float64
  }
}
