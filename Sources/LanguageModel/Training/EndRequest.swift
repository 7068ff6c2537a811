//===--- EndRequest.swift - a signal that asks to save and end ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import Foundation
internal import Synchronization

/// The request to save and to end, which a launcher makes with a signal:
/// `SIGTERM`, as Slurm sends before a time limit, or `SIGUSR1`, which `mpirun`
/// passes on to all ranks.
enum EndRequest {
  /// The status of a process that has ended as asked: `EX_TEMPFAIL`, which
  /// says that the same command may be tried again.
  static let status: Int32 = 75

  private static let request = Atomic(false)

  /// Whether the process has been asked.
  static var isMade: Bool { request.load(ordering: .relaxed) }

  /// Begins to listen.
  static func listen() {
    // A global is made at its first use, which must not be in a handler of
    // signals.
    request.store(false, ordering: .relaxed)
    for number in [SIGTERM, SIGUSR1] {
      _ = signal(number) { _ in
        EndRequest.request.store(true, ordering: .relaxed)
      }
    }
  }
}

#endif
