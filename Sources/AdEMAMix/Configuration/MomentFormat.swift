//===--- MomentFormat.swift - the format of a moment's elements -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// How the elements of one moment are stored.
///
/// An element between two codes is rounded up or down, so often that it is
/// right on average; see ``MomentStorage/seed``. NaN and infinite elements are
/// NaN afterwards in a block, and touch no other element.
///
/// There is no float16: for m2 ``blockFloat16`` takes the same bytes and was
/// measured twice as close, and squares of gradients are below its range.
public enum MomentFormat: String, Sendable, Hashable, Codable, CaseIterable {
  /// The optimizer's scalar type: 4 bytes an element for `Float`.
  case scalar
  /// The upper half of a `Float`: 2 bytes, the range of `Float`, 8 digits of
  /// precision in base 2. Small and large elements are equally exact.
  case bfloat16
  /// 16-bit floating-point numbers, relative to the largest magnitude of each
  /// 256 elements: 2.02 bytes.
  ///
  /// An element has 12 digits of precision in base 2. m1 and m2 have them down
  /// to 2⁻¹⁵ of the block's largest element, ν down to 2⁻³¹. Below, the
  /// distances of codes no longer shrink: to 2⁻²⁷ and 2⁻⁴³ of the largest.
  case blockFloat16
  /// 8-bit floating-point numbers, relative to the largest magnitude of each
  /// 256 elements: 1.02 bytes.
  ///
  /// An element has 4 digits of precision in base 2, in the ranges of
  /// ``blockFloat16``. Below, the distances of codes no longer shrink: to 2⁻¹⁹
  /// and 2⁻³⁵ of the largest. Not for m2: so slow an average loses what it adds
  /// up.
  case blockFloat8
  /// 16-bit integers, and the largest magnitude of each 256 elements: 2.02
  /// bytes.
  ///
  /// m1 and m2 are linear in the integer, which is exact to 1/32766 of the
  /// block's largest element; ν has 12 digits of precision in base 2, and a
  /// range of 2⁴³. Far below the largest, m1 and m2 lose more than with
  /// ``blockFloat16``, which took the place of this format in
  /// ``MomentStorage/compact``.
  case blockInt16
  /// 8-bit integers, and the largest magnitude of each 256 elements: 1.02
  /// bytes.
  ///
  /// m1 is quadratic in the integer, with a range of 2¹⁴; ν goes with its
  /// fourth power, nearly, and has a range of 2²⁸. Not for m2: so slow an
  /// average loses what it adds up. Far below the largest, both lose more than
  /// with ``blockFloat8``, which took the place of this format in
  /// ``MomentStorage/minimal``.
  case blockInt8
}
