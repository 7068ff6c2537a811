//===--- RankPart.swift - the parts of a distributed step ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// A part of a step that is timed, by the name that tables and files use.
enum RankPart: String, CaseIterable, Encodable, CodingKeyRepresentable {
  case sharded, waitForGradients, work, waitForParameters
  case oneChunk, replicated
  case reduceScatter, update, allGather, agreement

  /// Whether the part is a share of a step that differs between ranks, and not
  /// a call that they begin together.
  var isShare: Bool {
    switch self {
    case .waitForGradients, .work, .waitForParameters: true
    default: false
    }
  }
}

#endif
