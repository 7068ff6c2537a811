//===--- Ranks+Agreement.swift - all ranks throw, or none -----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
extension Ranks {
  /// Lets all ranks know whether each of them can go on.
  ///
  /// It is one small `MPI_Iallreduce` where they can.
  ///
  /// - Parameters:
  ///   - failure: Why this rank cannot.
  ///   - digest: A number that all ranks should have alike.
  /// - Returns: Whether they do.
  /// - Throws: ``DistributedError``: this rank's own, or
  ///   ``DistributedError/otherRankFailed(rank:description:)`` where it had none.
  @discardableResult
  func agree(
    _ failure: DistributedError?, digest: UInt64 = 0
  ) throws(DistributedError) -> Bool {
    let ready = Int64.max
    let digest = Int64(bitPattern: digest)
    let words = try DistributedError.wrapping { () throws(MPIError) in
      try minimum([failure == nil ? ready : Int64(rank), digest, ~digest])
    }
    if words[0] != ready {
      let failed = Int(words[0])
      let text = try DistributedError.wrapping { () throws(MPIError) in
        try broadcast(Array((failure?.description ?? "").utf8), from: failed)
      }
      throw failure
        ?? .otherRankFailed(
          rank: failed, description: String(decoding: text, as: UTF8.self))
    }
    return words[1] == ~words[2]
  }

  /// Compares what all ranks must have alike.
  ///
  /// - Throws: ``DistributedError/disagreement(_:)``, the same on all ranks.
  func compare(_ own: FieldList) throws(DistributedError) {
    let found = try DistributedError.wrapping { () throws(MPIError) in
      let first = FieldList(
        decoding: try broadcast(rank == 0 ? own.encoded : [], from: 0))
      let difference = own.difference(from: first, rank: rank)
      return try gather(difference?.encoded ?? [])
    }
    guard let first = found.first(where: { !$0.isEmpty }) else { return }
    throw .disagreement(Disagreement(decoding: first))
  }
}

extension Disagreement {
  fileprivate var encoded: [UInt8] {
    FieldList(of: self).encoded
  }

  fileprivate init(decoding bytes: [UInt8]) {
    let fields = FieldList(decoding: bytes)
    self.init(
      rank: fields["rank"].flatMap { Int($0) } ?? -1,
      field: fields["field"] ?? "all", value: fields["value.some"],
      expected: fields["expected.some"])
  }
}

#endif
