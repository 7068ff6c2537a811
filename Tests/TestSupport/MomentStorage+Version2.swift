//===--- MomentStorage+Version2.swift - presets of earlier files ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

package import AdEMAMix

/// The presets of version 2 of the file format, which later ones still open and
/// go on with. Files of that version, and of version 3 with these formats, have
/// the bits of their rounding.
extension MomentStorage {
  package static let compactOfVersion2 = MomentStorage(
    fast: .bfloat16, slow: .blockInt16, second: .blockInt16)

  package static let minimalOfVersion2 = MomentStorage(
    fast: .blockInt8, slow: .blockInt16, second: .blockInt8)
}
