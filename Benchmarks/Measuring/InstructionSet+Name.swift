//===--- InstructionSet+Name.swift - names of instruction sets ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import ArgumentParser

extension InstructionSet: ExpressibleByArgument {
  /// The name that the command and files use.
  var name: String { "\(self)" }

  /// The set of a name.
  package init?(argument: String) {
    guard let known = Self.allCases.first(where: { $0.name == argument }) else {
      return nil
    }
    self = known
  }

  package static var allValueStrings: [String] { allCases.map(\.name) }
}

extension InstructionSet: Encodable {
  package func encode(to encoder: any Encoder) throws {
    try name.encode(to: encoder)
  }
}

extension InstructionSet {
  /// Follows the name of an engine in a table, unless the set is the widest.
  var suffix: String { self == .widest ? "" : ", \(name)" }
}
