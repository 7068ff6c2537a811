//===--- Communicator.swift - processes that work together ----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import CMPI

/// Processes that work together: a communicator of MPI, whose calls do not meet
/// those of any other.
///
/// Calls are collective: all its processes must make the same ones in the same
/// order. One that fails leaves it unusable.
public struct Communicator: ~Copyable {
  let ranks: Ranks

  /// The number of this process: 0 ..< ``size``.
  public var rank: Int { ranks.rank }

  /// The number of processes.
  public var size: Int { ranks.size }

  /// The processes of this one, in a communicator of its own.
  ///
  /// - Throws: ``MPIError``.
  public borrowing func duplicate() throws(MPIError) -> Communicator {
    try Communicator(duplicating: ranks.handle)
  }

  init(duplicating original: cmpi_handle) throws(MPIError) {
    try checkCallsAreAllowed()
    var handle: cmpi_handle = 0
    var rank: CInt = 0
    var size: CInt = 0
    try check("MPI_Comm_idup", unsafe cmpi_duplicate(original, &handle))
    try check("MPI_Comm_rank", unsafe cmpi_rank(handle, &rank))
    try check("MPI_Comm_size", unsafe cmpi_size(handle, &size))
    ranks = Ranks(handle: handle, rank: Int(rank), size: Int(size))
  }

  deinit {
    // Nothing can be freed once MPI has ended; it all is by then. On another
    // thread it stays until then.
    guard (try? checkCallsAreAllowed()) != nil else { return }
    _ = cmpi_free(ranks.handle)
  }

  /// Ends all processes, without waiting for any.
  ///
  /// For a process that cannot go on while the others wait for it, and from any
  /// thread.
  public borrowing func abort(code: Int = 1) -> Never {
    cmpi_abort(ranks.handle, CInt(truncatingIfNeeded: code))
    fatalError("MPI_Abort came back")
  }

  /// The sums of numbers over all processes, in MPI's order.
  ///
  /// - Parameter values: As many in each process.
  /// - Returns: The sums, the same in each process.
  /// - Throws: ``MPIError``.
  public borrowing func sum(_ values: [Double]) throws(MPIError) -> [Double] {
    try checkCallsAreAllowed()
    var sums = values
    try check(
      "MPI_Iallreduce",
      unsafe cmpi_all_sum(&sums, CInt(sums.count), ranks.handle))
    return sums
  }
}

#endif
