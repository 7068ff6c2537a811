//===--- DistributedError.swift - why all ranks refused a call ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
public import AdEMAMix
public import AdEMAMixCheckpoints

/// The reason for which ranks refused a call, or MPI could not make one.
///
/// All ranks throw, each with its own view of the reason. The exceptions are
/// ``Code/communication`` and ``Code/callNotAllowed``, which other ranks may
/// not know of.
public struct DistributedError: Error, Sendable, Hashable,
  CustomStringConvertible
{
  /// The rule that was broken. Later versions may have more codes.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    /// The name of the code.
    public let description: String

    private init(_ name: String) { description = name }

    /// This rank refused the call: the optimizer, a checkpoint or the range of
    /// an argument gave the reason. Nothing has changed. The reason is
    /// ``DistributedError/optimizerError`` or
    /// ``DistributedError/checkpointError`` if one of the two had it.
    public static let refused = Code("refused")
    /// Another rank refused the call, and so this rank has not made it either.
    /// Nothing has changed. ``DistributedError/rank`` is the other rank.
    public static let otherRankRefused = Code("otherRankRefused")
    /// A rank differs from rank 0 in a value that must be the same on all
    /// ranks. Nothing has changed. ``DistributedError/rank`` is the rank, and
    /// ``DistributedError/field`` names the value.
    public static let disagreement = Code("disagreement")
    /// A call of MPI failed or did not end within the limit, in this call of
    /// the optimizer or in an earlier one. Parameters and state may be
    /// anything, and MPI may still write to the parameters and gradients of the
    /// call: go on from a checkpoint, in new processes.
    public static let communication = Code("communication")
    /// This process may not call MPI: not on this thread, not after the end
    /// of MPI, not twice to initialize MPI, or not with this library. Nothing
    /// has changed. Other ranks that have made the call wait for this rank.
    public static let callNotAllowed = Code("callNotAllowed")
  }

  /// The rule that was broken.
  public let code: Code

  /// A sentence with the value that was found and the rule that it breaks, or
  /// with MPI's own words.
  public let description: String

  /// The rank that refused the call or differs from rank 0. `nil` is this rank,
  /// or no rank in particular.
  public let rank: Int?

  /// The error of the optimizer on this rank, if there is one.
  public let optimizerError: AdEMAMixError?

  /// The error of a checkpoint on this rank, if there is one.
  public let checkpointError: CheckpointError?

  /// The ranks for which ranks have waited longer than the limit of
  /// ``MPIEnvironment/init(waitingLimit:)``, in ascending order: they have not
  /// answered, have called ``MPIEnvironment/finalize()``, or wait in another
  /// call. The list is empty if all ranks wait in the same call, which does not
  /// end. `nil` is any other error.
  public let missingRanks: [Int]?

  /// The value in which a rank differs from rank 0, if one does.
  package let disagreement: Disagreement?

  /// The name of the value in which a rank differs from rank 0, such as
  /// `groups['biases'].hyperparameters.beta1`, if one does.
  public var field: String? { disagreement?.field }

  private init(
    _ code: Code, _ description: String, rank: Int? = nil,
    optimizerError: AdEMAMixError? = nil,
    checkpointError: CheckpointError? = nil, missingRanks: [Int]? = nil,
    disagreement: Disagreement? = nil
  ) {
    self.code = code
    self.description = description
    self.rank = rank
    self.optimizerError = optimizerError
    self.checkpointError = checkpointError
    self.missingRanks = missingRanks
    self.disagreement = disagreement
  }
}

// MARK: - Reasons of the optimizer

extension DistributedError {
  /// The optimizer refused the call: on this rank alone, or alike on all ranks
  /// if it refused the gradient.
  package static func optimizer(_ error: AdEMAMixError) -> DistributedError {
    DistributedError(.refused, error.description, optimizerError: error)
  }

  /// A checkpoint was not saved or loaded, for a reason of this rank.
  package static func checkpoint(_ error: CheckpointError) -> DistributedError {
    DistributedError(.refused, error.description, checkpointError: error)
  }

  /// A piece must have an element, and no more than MPI can count on all ranks.
  package static func pieceCount(
    _ count: Int, limit: Int
  ) -> DistributedError {
    DistributedError(
      .refused, "\(count) elements a piece: it must be 1 to \(limit)")
  }

  /// A rank must be one of the ranks that there are, which count from 0.
  package static func noSuchRank(
    _ rank: Int, count: Int
  ) -> DistributedError {
    DistributedError(
      .refused,
      "there is no rank \(rank) of \(count): it must be 0 to \(count - 1)")
  }

  /// The closure of an open step threw an error of its own.
  package static func openStep(_ error: any Error) -> DistributedError {
    DistributedError(
      .refused, "the closure of an open step threw an error: \(error)")
  }

  /// The messages of an open step have two tags for each bucket.
  package static func bucketCount(
    _ count: Int, limit: Int
  ) -> DistributedError {
    DistributedError(
      .refused,
      "\(count) parts of an open step, which frozen tensors separate: MPI has "
        + "tags for at most \(limit)")
  }

  /// An open step sends gradients in one type.
  package static var bfloat16Gradients: DistributedError {
    DistributedError(
      .refused,
      "gradients in bfloat16 for an open step that sends others: "
        + "sendsBFloat16Gradients must be set")
  }

  /// Another rank refused the call.
  package static func otherRankFailed(
    rank: Int, description: String
  ) -> DistributedError {
    DistributedError(
      .otherRankRefused, "rank \(rank) refused the call: \(description)",
      rank: rank)
  }

  /// A rank differs from rank 0.
  package static func disagreement(_ found: Disagreement) -> DistributedError {
    DistributedError(
      .disagreement,
      "rank \(found.rank) has \(found.value ?? "nothing") as \(found.field), "
        + "where rank 0 has \(found.expected ?? "nothing"): all ranks must "
        + "have the same",
      rank: found.rank, disagreement: found)
  }

  /// A call of MPI failed in an earlier call of the optimizer.
  package static var brokenByEarlierFailure: DistributedError {
    DistributedError(
      .communication,
      "a call of MPI has failed before: parameters and state may be anything, "
        + "a checkpoint must be loaded into a new optimizer")
  }
}

// MARK: - Reasons of MPI

extension DistributedError {
  /// A routine of MPI returned an error: its name, its code, and MPI's text for
  /// the code.
  package static func routine(
    _ name: String, code: Int, text: String
  ) -> DistributedError {
    DistributedError(
      .communication, "\(name) failed with code \(code): \(text)")
  }

  /// A rank has waited for longer than the limit.
  package static func waitedInVain(
    _ reason: String, missing: [Int]
  ) -> DistributedError {
    DistributedError(
      .communication,
      "\(reason): the job must end, and go on from a checkpoint",
      missingRanks: missing)
  }

  /// One call of MPI takes fewer bytes than these.
  package static func tooManyBytes(_ count: Int) -> DistributedError {
    DistributedError(
      .communication,
      "\(count) bytes for one call of MPI: it takes at most \(CInt.max)")
  }

  /// MPI can be initialized once in the life of a process.
  package static var initializedBefore: DistributedError {
    DistributedError(
      .callNotAllowed,
      "MPI has been initialized before: it can be once in a process")
  }

  /// The library has no thread support at all. The threads of an optimizer need
  /// `MPI_THREAD_FUNNELED`.
  package static var noThreads: DistributedError {
    DistributedError(
      .callNotAllowed,
      "the MPI library supports no threads: it must support "
        + "MPI_THREAD_FUNNELED")
  }

  /// The call was made on another thread than the thread that initialized MPI.
  package static var otherThread: DistributedError {
    DistributedError(
      .callNotAllowed,
      "called on another thread than the one that initialized MPI: all calls "
        + "must be made on that one")
  }

  /// MPI has ended in this process, by ``MPIEnvironment/finalize()``.
  package static var finalized: DistributedError {
    DistributedError(
      .callNotAllowed,
      "MPI has ended in this process: nothing can be called after finalize()")
  }
}

#endif
