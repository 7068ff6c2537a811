//===--- Request.swift - a collective that is under way -------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import CMPI

/// A collective that is under way, or none.
struct Request {
  private var handle = cmpi_null_request()
  private var routine = ""

  /// Starts a collective.
  ///
  /// - Parameters:
  ///   - routine: Its name in MPI.
  ///   - call: Gets where its handle goes, and returns its code. The memory it is
  ///     about must stay until ``wait()`` returns.
  /// - Throws: ``MPIError``.
  mutating func start(
    _ routine: String, _ call: (inout cmpi_handle) -> CInt
  ) throws(MPIError) {
    self.routine = routine
    try check(routine, call(&handle))
  }

  /// Waits until it has ended.
  mutating func wait() throws(MPIError) {
    try check(routine, unsafe cmpi_wait(&handle))
  }
}

#endif
