//===--- DistributedError.swift - why all ranks refused a call ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix
public import AdEMAMixCheckpoints

/// Why the ranks of a distributed optimizer refused a call.
///
/// All of them throw, unless a call of MPI failed or was not made.
public enum DistributedError: Error, Sendable, Hashable {
  /// The optimizer refused the call: on this rank, or alike on all of them where
  /// the gradient was refused. Nothing has changed.
  case optimizer(AdEMAMixError)
  /// A checkpoint was not saved or loaded, for a reason of this rank.
  case checkpoint(CheckpointError)
  /// Another rank refused the call, for a reason of its own, and so it has not
  /// been made on this one either. Nothing has changed.
  case otherRankFailed(rank: Int, description: String)
  /// A rank differs from rank 0 in what all ranks must have alike. Nothing has
  /// changed.
  case disagreement(Disagreement)
  /// A call of MPI failed. Parameters and state may be anything, and MPI may still
  /// write to the parameters and gradients of the call: go on from a checkpoint,
  /// in new processes.
  case communication(MPIError)
  /// This rank may not call MPI: ``MPIError/otherThread`` or
  /// ``MPIError/finalized``. Nothing has changed; other ranks that have made the
  /// call wait for this one.
  case callRefused(MPIError)
  /// An earlier call ended in ``communication(_:)``.
  case brokenByEarlierFailure
  /// A piece must have an element, and no more than MPI can count on all ranks.
  case pieceCount(Int, limit: Int)
  /// There are so many ranks, counted from 0.
  case noSuchRank(Int, count: Int)
}

/// What a rank has otherwise than rank 0.
public struct Disagreement: Sendable, Hashable {
  /// The lowest rank that differs.
  public let rank: Int
  /// What differs, such as `groups['biases'].hyperparameters.beta1`.
  public let field: String
  /// What that rank has there, or `nil` where it has no such field.
  public let value: String?
  /// What rank 0 has there.
  public let expected: String?

  package init(rank: Int, field: String, value: String?, expected: String?) {
    self.rank = rank
    self.field = field
    self.value = value
    self.expected = expected
  }
}

extension DistributedError: CustomStringConvertible {
  /// What was found, and the rule it breaks.
  public var description: String {
    switch self {
    case .optimizer(let error):
      error.description
    case .checkpoint(let error):
      error.description
    case .otherRankFailed(let rank, let description):
      "rank \(rank) refused the call: \(description)"
    case .disagreement(let found):
      "rank \(found.rank) has \(found.value ?? "nothing") as \(found.field), "
        + "where rank 0 has \(found.expected ?? "nothing"): all ranks must "
        + "have the same"
    case .communication(let error), .callRefused(let error):
      error.description
    case .brokenByEarlierFailure:
      "a call of MPI has failed before: parameters and state may be anything, "
        + "a checkpoint must be loaded into a new optimizer"
    case .pieceCount(let count, let limit):
      "\(count) elements a piece: it must be 1 to \(limit)"
    case .noSuchRank(let rank, let count):
      "there is no rank \(rank) of \(count): it must be 0 to \(count - 1)"
    }
  }
}

extension DistributedError {
  /// Whether ranks may know nothing of each other.
  var isOfMPI: Bool {
    if case .communication = self { true } else { false }
  }

  /// Throws where this rank may not call MPI.
  static func checkCallsAreAllowed() throws(DistributedError) {
    do throws(MPIError) {
      try AdEMAMixMPI.checkCallsAreAllowed()
    } catch {
      throw .callRefused(error)
    }
  }

  /// What comes of a call of MPI.
  static func wrapping<Result: ~Copyable>(
    _ body: () throws(MPIError) -> Result
  ) throws(DistributedError) -> Result {
    do {
      return try body()
    } catch {
      throw .communication(error)
    }
  }
}

#endif
