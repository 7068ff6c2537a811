//===--- Request.swift - a collective that is under way -------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import CMPI

/// A collective or a message that is under way, or none.
struct Request {
  private let rollCall: RollCall
  private let communicator: Int
  private var handle = cmpi_null_request()
  private var routine = ""

  /// No collective yet, on a communicator.
  ///
  /// - Parameters:
  ///   - rollCall: The roll call of the process.
  ///   - communicator: The number of the communicator.
  init(_ rollCall: RollCall, communicator: Int) {
    self.rollCall = rollCall
    self.communicator = communicator
  }

  /// No collective yet, between ranks.
  init(between ranks: Ranks) {
    self.init(ranks.rollCall, communicator: ranks.communicator)
  }

  /// Starts a collective.
  ///
  /// - Parameters:
  ///   - routine: The name of the routine in MPI.
  ///   - call: Calls the routine, stores the handle in its argument, and
  ///     returns the routine's code. The memory of the collective must stay
  ///     until ``wait()`` returns, and for good if ``wait()`` throws.
  /// - Throws: ``DistributedError``.
  mutating func start(
    _ routine: String, _ call: (inout cmpi_handle) -> CInt
  ) throws(DistributedError) {
    self.routine = routine
    try rollCall.noting { () throws(DistributedError) in
      try check(routine, call(&handle))
    }
  }

  /// Waits until the collective has ended, if there is one.
  ///
  /// - Throws: ``DistributedError``, also if the collective has not ended
  ///   within the limit of the process.
  mutating func wait() throws(DistributedError) {
    try rollCall.wait(
      for: &handle, PendingCall(routine: routine, communicator: communicator))
  }

  /// Whether the call has ended, or there is none. MPI goes on with all that is
  /// under way meanwhile.
  ///
  /// - Throws: ``DistributedError``.
  mutating func hasEnded() throws(DistributedError) -> Bool {
    var isDone: CInt = 0
    try rollCall.noting { () throws(DistributedError) in
      try check(routine, unsafe cmpi_test(&handle, &isDone))
    }
    return isDone != 0
  }
}

#endif
