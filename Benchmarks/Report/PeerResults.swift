//===--- PeerResults.swift - a file of scripts/compare-peers --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The times of other optimizers beside this library's, as
/// `scripts/compare-peers --json` writes them.
struct PeerResults: Decodable {
  let times: [Size]
  let errors: [Contestant]

  /// The times of one size on one number of threads, in one state.
  struct Size: Decodable {
    let state: String
    let count: Int
    let threads: Int
    let rows: [String: Time]
  }

  struct Time: Decodable {
    let nanosecondsPerParameter: Double
  }

  /// A contestant, and its errors by the number of steps.
  struct Contestant: Decodable {
    let name: String
    let errors: [String: Double]
  }
}
