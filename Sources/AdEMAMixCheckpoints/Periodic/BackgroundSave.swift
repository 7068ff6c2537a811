//===--- BackgroundSave.swift - a save beside the training ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Dispatch
internal import Synchronization

/// Work on a thread of its own. Another thread can wait for its result.
final class BackgroundSave: Sendable {
  private let outcome = Mutex<Result<Void, CheckpointError>?>(nil)
  private let end = DispatchGroup()

  init(_ work: @escaping @Sendable () throws(CheckpointError) -> Void) {
    end.enter()
    // The work has a queue of its own because the threads of common queues may
    // all be busy with steps.
    DispatchQueue(label: "ademamix.checkpoint").async { [self] in
      let result: Result<Void, CheckpointError>
      do throws(CheckpointError) {
        result = .success(try work())
      } catch {
        result = .failure(error)
      }
      outcome.withLock { $0 = result }
      end.leave()
    }
  }

  /// Whether the work has ended, with success or with an error.
  var hasEnded: Bool { outcome.withLock { $0 != nil } }

  /// Waits for the end of the work, and returns its result.
  func waited() -> Result<Void, CheckpointError> {
    end.wait()
    return outcome.withLock { $0 } ?? .success(())
  }
}
