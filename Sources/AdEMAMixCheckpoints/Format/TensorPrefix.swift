//===--- TensorPrefix.swift - the beginning of the names of tensors -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The beginning of the names of parameters and averages in the file.
enum TensorPrefix: String {
  case parameter
  case average
}
