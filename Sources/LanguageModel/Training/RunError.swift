//===--- RunError.swift - why a run cannot go on --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The reason why a run cannot use its folder.
package enum RunError: Error, Hashable, CustomStringConvertible {
  /// The folder has a run with other settings. `canBeExtended` is true if the
  /// other run differs in having fewer steps alone.
  case otherSettings(
    folder: String, differences: [String], canBeExtended: Bool)
  /// The file of losses has a line that no run writes.
  case damagedCurve(line: Int)
  /// A checkpoint's metadata has no value under this key, or not one that a run
  /// writes.
  case damagedRecord(key: String)
  /// The system does not let the run write to this path.
  case unwritable(path: String, reason: String)

  package var description: String {
    switch self {
    case .otherSettings(let folder, let differences, let canBeExtended):
      "\(folder) has a run with other settings: "
        + differences.joined(separator: "; ") + ". Choose another folder, or "
        + (canBeExtended
          ? "go on with more steps: --extend."
          : "remove it.")
    case .damagedCurve(let line):
      "curve.csv, line \(line): no run writes such a line."
    case .damagedRecord(let key):
      "The checkpoint is not of this program: its metadata has no usable '\(key)'."
    case .unwritable(let path, let reason): "\(path): \(reason)"
    }
  }
}
