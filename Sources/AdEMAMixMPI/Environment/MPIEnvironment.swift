//===--- MPIEnvironment.swift - MPI in this process -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
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
/// All calls of MPI must be made on the thread that made the environment:
/// `MPI_THREAD_FUNNELED` is enough then. A call on another thread throws
/// ``MPIError/otherThread``. Steps use other threads too, but not for calls of
/// MPI. Where a thread is one of a pool, as that of a task is, make all calls on
/// the main actor.
///
/// A process that ends without ``finalize()`` makes `mpirun` end the others,
/// which would wait for it forever: so an error that nobody catches ends the job.
public struct MPIEnvironment: ~Copyable {
  /// Initializes MPI.
  ///
  /// - Throws: ``MPIError``, ``MPIError/initializedBefore`` where it has been.
  public init() throws(MPIError) {
    guard cmpi_is_initialized() == 0 else { throw .initializedBefore }
    var level: CInt = 0
    try check("MPI_Init_thread", unsafe cmpi_init(&level))
    guard level >= cmpi_funneled() else { throw .noThreads }
  }

  /// All processes of the job.
  ///
  /// - Returns: A communicator of its own.
  /// - Throws: ``MPIError``.
  public borrowing func world() throws(MPIError) -> Communicator {
    try Communicator(duplicating: cmpi_world())
  }

  /// Waits for all processes, and ends MPI for good.
  ///
  /// Any later call throws ``MPIError/finalized``, of this method too.
  ///
  /// - Throws: ``MPIError``.
  public borrowing func finalize() throws(MPIError) {
    try checkCallsAreAllowed()
    try check("MPI_Finalize", cmpi_finalize())
  }

  /// The name and version of the MPI library.
  public static var library: String {
    unsafe String(unsafeUninitializedCapacity: 256) { text in
      unsafe text.withMemoryRebound(to: CChar.self) {
        unsafe Int(cmpi_library($0.baseAddress, CInt($0.count)))
      }
    }
  }
}

#endif
