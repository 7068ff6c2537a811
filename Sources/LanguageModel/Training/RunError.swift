//===--- RunError.swift - why a run cannot go on --------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// What is wrong with the folder of a run.
package enum RunError: Error, Hashable, CustomStringConvertible {
  /// A run with other settings has been started there.
  case otherSettings(folder: String)
  /// The file of losses has a line that no run wrote.
  case damagedCurve(line: Int)
  /// A checkpoint's metadata lacks what a run keeps there under this key, or has
  /// something else.
  case damagedRecord(key: String)
  case unwritable(path: String, reason: String)

  package var description: String {
    switch self {
    case .otherSettings(let folder):
      "\(folder) has a run with other settings. Choose another folder, or remove it."
    case .damagedCurve(let line):
      "curve.csv, line \(line): this is nothing that a run wrote."
    case .damagedRecord(let key):
      "The checkpoint is of no such run: its metadata has no usable '\(key)'."
    case .unwritable(let path, let reason): "\(path): \(reason)"
    }
  }
}
