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
  /// Initializes MPI.
  ///
  /// - Throws: ``DistributedError``, with
  ///   ``DistributedError/Code/callNotAllowed`` if MPI has been initialized
  ///   before or does not support threads.
  public init() throws(DistributedError) {
    guard cmpi_is_initialized() == 0 else { throw .initializedBefore }
    var level: CInt = 0
    try check("MPI_Init_thread", unsafe cmpi_init(&level))
    guard level >= cmpi_funneled() else { throw .noThreads }
  }

  /// All processes of the job.
  ///
  /// - Returns: A new communicator, each time.
  /// - Throws: ``DistributedError``, with
  ///   ``DistributedError/Code/communication`` or
  ///   ``DistributedError/Code/callNotAllowed``.
  public borrowing func world() throws(DistributedError) -> MPICommunicator {
    try MPICommunicator(duplicating: cmpi_world())
  }

  /// Waits for all processes, and ends MPI for good.
  ///
  /// Later calls throw ``DistributedError/Code/callNotAllowed``, a second call
  /// of this method too.
  ///
  /// - Throws: ``DistributedError``, with
  ///   ``DistributedError/Code/communication`` or
  ///   ``DistributedError/Code/callNotAllowed``.
  public borrowing func finalize() throws(DistributedError) {
    try DistributedError.checkCallsAreAllowed()
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
