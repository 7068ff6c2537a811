//===--- Ranks+Agreement.swift - all ranks throw, or none -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
extension Ranks {
  /// Tells all ranks whether each of them can go on.
  ///
  /// The cost is one `MPI_Iallreduce` of 24 bytes if all ranks can go on.
  ///
  /// - Parameters:
  ///   - failure: The reason why this rank cannot go on, or `nil`.
  ///   - digest: A number that all ranks should have alike.
  /// - Returns: Whether all ranks have the same number.
  /// - Throws: `failure`, if this rank has one.
  ///   ``DistributedError/Code/otherRankRefused``, if only other ranks have
  ///   one.
  @discardableResult
  func agree(
    _ failure: DistributedError?, digest: UInt64 = 0
  ) throws(DistributedError) -> Bool {
    let ready = Int64.max
    let digest = Int64(bitPattern: digest)
    // The least digest is also the greatest one, whose complement is the least.
    let words = try minimum([
      failure == nil ? ready : Int64(rank), digest, ~digest,
    ])
    if words[0] != ready {
      let failed = Int(words[0])
      let text = try broadcast(
        Array((failure?.description ?? "").utf8), from: failed)
      throw failure
        ?? .otherRankFailed(
          rank: failed, description: String(decoding: text, as: UTF8.self))
    }
    return words[1] == ~words[2]
  }

  /// Compares the fields of all ranks with the fields of rank 0.
  ///
  /// - Throws: ``DistributedError/Code/disagreement``, the same on all ranks.
  func compare(_ own: FieldList) throws(DistributedError) {
    let first = FieldList(
      decoding: try broadcast(rank == 0 ? own.encoded : [], from: 0))
    let difference = own.difference(from: first, rank: rank)
    let found = try gather(difference?.encoded ?? [])
    guard let first = found.first(where: { !$0.isEmpty }) else { return }
    throw .disagreement(Disagreement(decoding: first))
  }
}

#endif
