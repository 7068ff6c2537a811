//===--- ThreadTeam.swift - threads that share the parts of a call --------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CThreadTeam

/// The threads of a process that share work with the threads that call them:
/// steps, copies and sums of all optimizers, and checksums of files.
///
/// A call cuts its work into parts. The calling thread and the helpers that are
/// free take one part after the other, each first of its own share. A helper
/// that has not begun when all parts are taken is not waited for. Helpers sleep
/// between calls; a process has at most as many as the largest call asked for.
///
/// A call may be made from any thread, also from a part of another call. After
/// `fork` the child process has helpers of its own; a part must not fork and
/// then return in the child.
package enum ThreadTeam {
  /// The most threads that a call runs on.
  package static let limit = Int(ademamix_team_limit)

  /// Whether a call has ended within the last 30 µs. Helpers that took part in
  /// it still look for work, and begin at once. Work of 10 µs is then worth
  /// sharing, where waking a helper takes 30 µs.
  package static var isAwake: Bool { ademamix_team_is_awake() }

  /// Calls `body` once for each part, side by side.
  ///
  /// - Parameters:
  ///   - parts: The number of parts, at least 0.
  ///   - workers: The most threads to run on, at least 1. There are never more
  ///     than the processors that the calling thread may run on.
  ///   - body: Does a part. `worker` is below `workers`, and no two threads
  ///     have the same at one time.
  package static func run(
    parts: Int, workers: Int,
    _ body: @Sendable (_ part: Int, _ worker: Int) -> Void
  ) {
    withoutActuallyEscaping(body) { body in
      var body = body
      unsafe withUnsafeMutablePointer(to: &body) { body in
        unsafe ademamix_team_run(
          parts, workers,
          { context, part, worker in
            unsafe context.assumingMemoryBound(
              to: (@Sendable (Int, Int) -> Void).self
            ).pointee(part, worker)
          }, body)
      }
    }
  }
}
