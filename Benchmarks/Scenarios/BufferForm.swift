//===--- BufferForm.swift - one buffer or many ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The forms of the parameters in memory, by the names of scenarios.
enum BufferForm: String {
  case flat, tensors
}
