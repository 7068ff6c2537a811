//===--- PendingCall.swift - a call in which a rank waits -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// A call in which a rank waits for others.
struct PendingCall {
  /// The name of the routine in MPI.
  let routine: String
  /// The number of the communicator: its place among all that the process has
  /// made, which is the same on all ranks.
  let communicator: Int

  /// The name and the communicator, by which ranks compare their calls.
  var description: String { "\(routine) of communicator \(communicator)" }

  /// The description of the call with which a rank leaves.
  static var leaving: String { "finalize()" }
}

#endif
