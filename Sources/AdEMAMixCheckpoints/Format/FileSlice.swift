//===--- FileSlice.swift - the part of a tensor in a shard ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix
package import SafeTensors

/// The elements of one tensor in a shard of parameters or averages.
struct FileSlice {
  /// The index of the tensor in the layout.
  let tensor: Int
  /// The range of the elements, counted from the start of the shard.
  let range: Range<Int>
  /// The name, type and shape of the elements in the file.
  let description: TensorDescription
}

extension ParameterLayout {
  /// The slices of the tensors in a shard, in the order of the layout.
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

extension OptimizerRecord {
  /// The type of the parameters in a file: the upper parts of weights that are
  /// split.
  var parameterType: StateElementType {
    weights == .scalar ? .scalar : .bfloat16
  }
}

extension StateTensor {
  /// The name, type and shape of the tensor in the file.
  func description<Scalar: OptimizerScalar>(
    of tensor: String, _: Scalar.Type
  ) -> TensorDescription {
    TensorDescription(
      "\(buffer.word)/\(tensor)", type.scalarType(of: Scalar.scalarType),
      shape: shape)
  }
}

extension StateElementType {
  /// The type of the elements in a file of this scalar type.
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
  /// The type of the scalars in a file.
  static var scalarType: TensorElementType {
    Self.self == Float.self ? .float32 : .float64
  }
}
