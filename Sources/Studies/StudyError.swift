//===--- StudyError.swift - tables that a study cannot use ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A rule that the table of a study breaks.
package enum StudyError: Error, Hashable, CustomStringConvertible {
  /// The file has a line that no study writes.
  case damagedTable(path: String, line: Int)
  /// The system does not let the study write its table.
  case unwritable(path: String, reason: String)

  package var description: String {
    switch self {
    case .damagedTable(let path, let line):
      "\(path), line \(line): no study writes such a line. Choose another file."
    case .unwritable(let path, let reason): "\(path): \(reason)"
    }
  }
}
