//===--- UnsafePointer+Cast.swift - elements by another type's name -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

extension UnsafePointer {
  /// The same elements as those of a type that has the same bits, such as the
  /// one that generic code knows `Pointee` to be.
  @inline(__always)
  func cast<Scalar>(to type: Scalar.Type) -> UnsafePointer<Scalar> {
    unsafe UnsafeRawPointer(self).assumingMemoryBound(to: type)
  }
}

extension UnsafeMutablePointer {
  /// The same elements as those of a type that has the same bits, such as the
  /// one that generic code knows `Pointee` to be.
  @inline(__always)
  func cast<Scalar>(to type: Scalar.Type) -> UnsafeMutablePointer<Scalar> {
    unsafe UnsafeMutableRawPointer(self).assumingMemoryBound(to: type)
  }
}
