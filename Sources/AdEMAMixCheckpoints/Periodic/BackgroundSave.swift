//===--- BackgroundSave.swift - a save that the training does not wait for -===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import Dispatch
internal import Synchronization

/// Work on a thread of its own, that can be waited for.
final class BackgroundSave: Sendable {
  private let outcome = Mutex<Result<Void, CheckpointError>?>(nil)
  private let end = DispatchGroup()

  init(_ work: @escaping @Sendable () throws(CheckpointError) -> Void) {
    end.enter()
    // A queue of its own: those in common may all be busy with steps.
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

  /// Whether the work has ended, in success or not.
  var hasEnded: Bool { outcome.withLock { $0 != nil } }

  /// The result of the work, once it has ended.
  func waited() -> Result<Void, CheckpointError> {
    end.wait()
    return outcome.withLock { $0 } ?? .success(())
  }
}
