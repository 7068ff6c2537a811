//===--- Inquiry.swift - which ranks answer, and where they are -----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// A question to all ranks, with their answers.
struct Inquiry {
  /// The number of the question.
  let number: Int64
  /// The time of the question.
  let start: ContinuousClock.Instant
  /// The answers to the question before.
  let previous: [Int: String]?
  /// The calls in which ranks wait, by the rank.
  var answers: [Int: String] = [:]

  /// The reason to give up, if there is one.
  ///
  /// - Parameters:
  ///   - rank: This rank.
  ///   - size: The number of ranks.
  ///   - call: The call in which this rank waits.
  ///   - time: The time for which it has waited.
  /// - Returns: A verdict, or `nil` if all ranks answer, and something may
  ///   still have moved since the question before.
  func verdict(
    by rank: Int, of size: Int, waitingIn call: PendingCall,
    for time: Duration
  ) -> Verdict? {
    let others = (0..<size).filter { $0 != rank }
    let silent = others.filter { answers[$0] == nil }
    let gone = others.filter { answers[$0] == PendingCall.leaving }
    let elsewhere = others.filter {
      answers[$0].map { $0 != call.description } ?? false
    }
    var missing = silent + gone
    var findings: [String] = []
    if !silent.isEmpty {
      findings.append("no answer from \(Self.names(silent))")
    }
    if !gone.isEmpty {
      findings.append("\(PendingCall.leaving) called by \(Self.names(gone))")
    }
    if missing.isEmpty {
      guard answers == previous else { return nil }
      missing = elsewhere
      findings =
        elsewhere.isEmpty
        ? ["all ranks wait in the same call"]
        : elsewhere.prefix(Self.namedCount).map {
          "rank \($0) waits in \(answers[$0] ?? "")"
        }
    }
    // To a tenth of a second.
    let tenths = time / .milliseconds(100)
    return Verdict(
      missing: missing.sorted(),
      reason: "rank \(rank) has waited for \(tenths.rounded() / 10) s in "
        + "\(call.description): \(findings.joined(separator: ", "))")
  }

  /// The most ranks that a reason names.
  private static var namedCount: Int { 8 }

  private static func names(_ ranks: [Int]) -> String {
    let named = ranks.prefix(namedCount).map(String.init)
    let rest =
      ranks.count > namedCount ? " and \(ranks.count - namedCount) more" : ""
    return (ranks.count == 1 ? "rank " : "ranks ")
      + named.joined(separator: ", ") + rest
  }
}

#endif
