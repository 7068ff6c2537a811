//===--- MPICommunicator.swift - processes that work together -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import CMPI
internal import Glibc

/// Processes that work together: a communicator of MPI, whose calls are not
/// mixed up with the calls of any other communicator.
///
/// Calls are collective: all processes must make the same calls in the same
/// order. A communicator is of no use after a call that has failed.
public struct MPICommunicator: ~Copyable {
  let ranks: Ranks

  /// The number of this process: 0 ..< ``size``.
  public var rank: Int { ranks.rank }

  /// The number of processes.
  public var size: Int { ranks.size }

  /// The same processes, in a communicator of its own.
  ///
  /// - Throws: ``DistributedError``.
  package borrowing func duplicate()
    throws(DistributedError) -> MPICommunicator
  {
    try MPICommunicator(duplicating: ranks.handle, ranks.rollCall)
  }

  init(
    duplicating original: cmpi_handle, _ rollCall: RollCall
  ) throws(DistributedError) {
    try DistributedError.checkCallsAreAllowed()
    var rank: CInt = 0
    var size: CInt = 0
    let handle = try rollCall.copy(of: original)
    try check("MPI_Comm_rank", unsafe cmpi_rank(handle, &rank))
    try check("MPI_Comm_size", unsafe cmpi_size(handle, &size))
    ranks = Ranks(
      handle: handle, rank: Int(rank), size: Int(size), rollCall: rollCall,
      communicator: rollCall.numberOfNewCommunicator())
  }

  deinit {
    // The end of MPI frees all communicators, and no call is allowed after it.
    // On another thread the communicator stays until then, and for good after
    // a failure, which collectives may have left under way.
    guard ranks.rollCall.failure == nil,
      (try? DistributedError.checkCallsAreAllowed()) != nil
    else { return }
    _ = cmpi_free(ranks.handle)
  }

  /// Ends all processes at once, for a process that cannot go on while others
  /// wait for it.
  ///
  /// Any thread may call this method. The process has ended after 10 seconds
  /// at most, also where MPI cannot reach the others.
  ///
  /// - Parameter code: The status with which the processes end.
  public borrowing func abort(code: Int = 1) -> Never {
    // MPI_Abort of MPICH 4.0.2 waits for ever for a rank behind a cut cable.
    // The signal ends the process then. MPI takes less than a second where it
    // can.
    _ = signal(SIGALRM, SIG_DFL)
    alarm(10)
    cmpi_abort(ranks.handle, CInt(truncatingIfNeeded: code))
    fatalError("MPI_Abort came back")
  }

  /// The sums of numbers over all processes, added in the order that MPI
  /// chooses. Sums of gradients in steps do not use this order: they are made
  /// in the order of the ranks.
  ///
  /// - Parameter values: The numbers of this process, as many in each process.
  /// - Returns: The sums, the same in each process.
  /// - Throws: ``DistributedError``, with
  ///   ``DistributedError/Code/communication`` or
  ///   ``DistributedError/Code/callNotAllowed``.
  /// - Complexity: O(number of values) to communicate.
  public borrowing func sum(
    _ values: [Double]
  ) throws(DistributedError) -> [Double] {
    try DistributedError.checkCallsAreAllowed()
    let ranks = ranks
    var sums: [Double] = []
    sums.reserveCapacity(values.count)
    // A call counts numbers in C's int, up to 2^31 - 1. Each part is copied for
    // the call: 8 MiB are few beside an array that needs several calls.
    let most = 1 << 20
    for start in stride(from: 0, to: values.count, by: most) {
      let part = Array(values[start..<min(start + most, values.count)])
      sums += try unsafe ranks.exchange("MPI_Iallreduce", part) {
        unsafe cmpi_start_all_reduce(
          $0, CInt(part.count), cmpi_double(), ranks.handle, &$1)
      }
    }
    return sums
  }
}

#endif
