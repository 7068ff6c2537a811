//===--- Named.swift - a tensor with a name -------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A tensor that ``NameOrder`` finds by its name.
protocol Named {
  var name: String { get }
}

extension TensorDescription: Named {}
extension StoredTensor: Named {}
