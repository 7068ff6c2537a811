//===--- Parameter.swift - a place in the flat buffer ---------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The place of a parameter in the flat buffer of a model.
package struct Parameter: Sendable, Hashable {
  let offset: Int
  let rows: Int
  let columns: Int
}
