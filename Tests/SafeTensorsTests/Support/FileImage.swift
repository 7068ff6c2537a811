//===--- FileImage.swift - files as bytes ---------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The bytes of a file with this header, valid or not.
func image(header: [UInt8], data: [UInt8] = []) -> [UInt8] {
  let count = UInt64(header.count)
  return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    + header + data
}

func image(header: String, data: [UInt8] = []) -> [UInt8] {
  image(header: Array(header.utf8), data: data)
}
