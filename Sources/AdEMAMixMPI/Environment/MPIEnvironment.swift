//===--- MPIEnvironment.swift - MPI in this process -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import CMPI

/// MPI in this process, from its initialization to its end.
///
///     let environment = try MPIEnvironment()
///     let world = try environment.world()
///     print("rank \(world.rank) of \(world.size)")
///     try environment.finalize()
///
/// All calls of MPI must be made on the thread that made the environment, and
/// so the library need support `MPI_THREAD_FUNNELED` alone. A call on another
/// thread throws ``DistributedError/Code/callNotAllowed``. Steps use other
/// threads too, but not for calls of MPI. A task runs on any thread of a pool:
/// make all calls of a task on the main actor.
///
/// A process that ends without ``finalize()`` makes `mpirun` end the others,
/// which would wait for that process forever. So an error that nobody catches
/// ends the job.
public struct MPIEnvironment: ~Copyable {
  private let rollCall: RollCall

  /// Initializes MPI.
  ///
  /// A rank that waits for another one for longer than the limit throws
  /// ``DistributedError/Code/communication``, with
  /// ``DistributedError/missingRanks``, and tells all ranks that wait. A rank
  /// cannot answer while it computes, or writes a file: the limit must be
  /// longer than any rank works between two calls, and than any call takes. The
  /// default is half an hour: longer than an evaluation by one rank, as a rule,
  /// and short beside a night in which a job hangs.
  ///
  /// - Parameter waitingLimit: The longest time that any call of the library
  ///   waits for other ranks, the same on all ranks, and more than 0. `nil` is
  ///   for ever. ``finalize()`` waits without a limit.
  /// - Throws: ``DistributedError``, with
  ///   ``DistributedError/Code/callNotAllowed`` if MPI has been initialized
  ///   before or does not support threads.
  public init(
    waitingLimit: Duration? = .seconds(1_800)
  ) throws(DistributedError) {
    precondition(waitingLimit ?? .seconds(1) > .zero, "a limit is more than 0")
    rollCall = RollCall(limit: waitingLimit)
    guard cmpi_is_initialized() == 0 else { throw .initializedBefore }
    var level: CInt = 0
    try check("MPI_Init_thread", unsafe cmpi_init(&level))
    guard level >= cmpi_funneled() else { throw .noThreads }
    try rollCall.begin()
  }

  /// All processes of the job.
  ///
  /// - Returns: A new communicator, each time.
  /// - Throws: ``DistributedError``, with
  ///   ``DistributedError/Code/communication`` or
  ///   ``DistributedError/Code/callNotAllowed``.
  public borrowing func world() throws(DistributedError) -> MPICommunicator {
    try MPICommunicator(duplicating: cmpi_world(), rollCall)
  }

  /// Waits for all processes, and ends MPI for good.
  ///
  /// The wait has no limit: a rank that has nothing left to do waits for ranks
  /// that work. After a failure of MPI the method throws the failure, as
  /// MPI's own end might never come: end the job with
  /// ``MPICommunicator/abort(code:)``.
  ///
  /// Later calls throw ``DistributedError/Code/callNotAllowed``, a second call
  /// of this method too.
  ///
  /// - Throws: ``DistributedError``, with
  ///   ``DistributedError/Code/communication`` or
  ///   ``DistributedError/Code/callNotAllowed``.
  public borrowing func finalize() throws(DistributedError) {
    try DistributedError.checkCallsAreAllowed()
    try rollCall.end()
    try check("MPI_Finalize", cmpi_finalize())
  }

  /// The name and version of the MPI library, cut after 256 bytes.
  public static var library: String {
    unsafe String(unsafeUninitializedCapacity: 256) { text in
      unsafe text.withMemoryRebound(to: CChar.self) {
        unsafe Int(cmpi_library($0.baseAddress, CInt($0.count)))
      }
    }
  }
}

#endif
