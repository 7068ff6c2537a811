//===--- ScalarName.swift - the scalar types that are measured ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import ArgumentParser

/// The scalar types, by their Swift names.
enum ScalarName: String, CaseIterable, Encodable {
  case float = "Float"
  case double = "Double"

  var byteCount: Int {
    switch self {
    case .float: 4
    case .double: 8
    }
  }
}

extension ScalarName: ExpressibleByArgument {
  /// The scalar type of a name in any case.
  init?(argument: String) {
    let known = Self.allCases.first {
      $0.rawValue.lowercased() == argument.lowercased()
    }
    guard let known else { return nil }
    self = known
  }
}
