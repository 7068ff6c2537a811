//===--- StateElementType.swift - the type of stored elements -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The type of the elements of a buffer.
package enum StateElementType: Sendable, Hashable {
  /// The scalar type of the optimizer.
  case scalar
  case float32, bfloat16, int16, int8, uint16, uint8

  /// The bytes of an element.
  func stride<Scalar>(of _: Scalar.Type) -> Int {
    switch self {
    case .scalar: MemoryLayout<Scalar>.stride
    case .float32: 4
    case .bfloat16, .int16, .uint16: 2
    case .int8, .uint8: 1
    }
  }
}

extension MomentFormat {
  /// The type of what is stored.
  func elementType(of moment: MomentName) -> StateElementType {
    let isSecond = moment == .second
    return switch self {
    case .scalar: .scalar
    case .bfloat16: .bfloat16
    case .blockFloat16: .uint16
    case .blockFloat8: .uint8
    case .blockInt16: isSecond ? .uint16 : .int16
    case .blockInt8: isSecond ? .uint8 : .int8
    }
  }
}
