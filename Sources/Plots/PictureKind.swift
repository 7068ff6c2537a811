//===--- PictureKind.swift - pictures by their ground ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The kinds of pictures, by the class of their root element.
enum PictureKind: String {
  /// Curves or bars on the plain ground.
  case chart
  /// Curves on areas of colour.
  case map
}

extension PictureKind: CustomStringConvertible {
  var description: String { rawValue }
}
