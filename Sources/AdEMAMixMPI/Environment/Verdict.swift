//===--- Verdict.swift - why a rank has given up --------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// The reason for which a rank has given up, as it tells others.
struct Verdict {
  /// The ranks for which the rank has waited in vain.
  let missing: [Int]
  let reason: String

  init(missing: [Int], reason: String) {
    self.missing = missing
    self.reason = reason
  }

  /// Reads the text of a message.
  init(_ text: String) {
    let lines = text.split(
      separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    missing = lines[0].split(separator: ",").compactMap { Int($0) }
    reason = lines.count > 1 ? String(lines[1]) : ""
  }

  /// The text of a message. A message has room for the numbers of 64 ranks,
  /// and the reason.
  var text: String {
    let ranks = missing.prefix(64).map(String.init)
    return "\(ranks.joined(separator: ","))\n\(reason)"
  }

  var error: DistributedError { .waitedInVain(reason, missing: missing) }
}

#endif
