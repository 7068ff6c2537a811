//===--- RefusedCalls.swift - calls that MPI must not get -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import Foundation
import TestSupport

/// Calls everything on another thread than the one that initialized MPI, and
/// checks that all calls throw and change nothing, and that those of this
/// thread go on.
func refuseOtherThreads(
  on world: borrowing MPICommunicator, _ findings: inout Findings
) throws {
  let groups = [
    ParameterGroup("x", sizes: [700], Hyperparameters(learningRate: 0.01))
  ]
  let layout = try ParameterLayout(groups)
  var run = try PairOfRuns<Float>(groups, on: world)
  try run.step(&findings)
  let (before, state) = (run.parameters, run.optimizer.state.copyMoments())
  let errors = onAnotherThread {
    errorsOfCollectiveCalls(&run, on: world, layout)
  }
  findings.expect(
    errors.ofOptimizer.allSatisfy { $0 == .otherThread },
    "\(errors.ofOptimizer)")
  findings.expect(
    errors.ofCommunicator.allSatisfy { $0 == .otherThread },
    "\(errors.ofCommunicator)")
  findings.expect(
    run.parameters == before && run.optimizer.state.copyMoments() == state,
    "a call on another thread changed something")
  try run.step(&findings)
}

/// Makes calls once MPI has ended, and checks that all throw.
func refuseCallsAfterTheEnd(
  of environment: borrowing MPIEnvironment, _ world: borrowing MPICommunicator,
  _ findings: inout Findings
) {
  findings.expect(
    thrownError { () throws(DistributedError) in try environment.finalize() }
      == .finalized,
    "finalize() once more")
  findings.expect(
    thrownError { () throws(DistributedError) in _ = try environment.world() }
      == .finalized, "world() after the end")
  findings.expect(
    thrownError { () throws(DistributedError) in _ = try world.sum([1]) }
      == .finalized,
    "sum after the end")
}

/// The errors of each collective call.
private func errorsOfCollectiveCalls(
  _ run: inout PairOfRuns<Float>, on world: borrowing MPICommunicator,
  _ layout: ParameterLayout
) -> (ofOptimizer: [DistributedError?], ofCommunicator: [DistributedError?]) {
  var gradients = run.parameters
  let ofOptimizer = [
    thrownError { () throws(DistributedError) in
      _ = try DistributedAdEMAMix<Float>(layout, on: world)
    },
    thrownError { () throws(DistributedError) in
      var loaded: [Float] = []
      _ = try DistributedAdEMAMix<Float>(
        checkpoint: "nowhere", parameters: &loaded, on: world)
    },
    thrownError { () throws(DistributedError) in
      try run.optimizer.step(&run.parameters, gradients: &gradients)
    },
    thrownError { () throws(DistributedError) in
      try run.optimizer.broadcast(&run.parameters)
    },
    thrownError { () throws(DistributedError) in
      try run.optimizer.updateGroup("x") { $0.isFrozen = true }
    },
    thrownError { () throws(DistributedError) in
      try run.optimizer.updateGroups { $0.isFrozen = true }
    },
    thrownError { () throws(DistributedError) in
      try run.optimizer.dampSlowMoment(by: 0.5)
    },
    thrownError { () throws(DistributedError) in
      try run.optimizer.resetSlowMoment()
    },
    thrownError { () throws(DistributedError) in
      try run.optimizer.resetMoments(.all, of: "x")
    },
    thrownError { () throws(DistributedError) in
      // A folder would be made where the call were not refused at once.
      try run.optimizer.save(in: "/dev/null/run", parameters: run.parameters)
    },
  ]
  let ofCommunicator = [
    thrownError { () throws(DistributedError) in _ = try world.duplicate() },
    thrownError { () throws(DistributedError) in _ = try world.sum([1]) },
  ]
  return (ofOptimizer, ofCommunicator)
}

/// Runs a closure on a new thread, and waits for it.
private func onAnotherThread<Result>(_ body: () -> Result) -> Result {
  withoutActuallyEscaping(body) { body in
    // One thread at a time touches these: this one waits for the other, which
    // lets go of the closure before it ends.
    nonisolated(unsafe) var body: Optional = body
    nonisolated(unsafe) var result: Result?
    let end = DispatchSemaphore(value: 0)
    Thread {
      unsafe result = body?()
      unsafe body = nil
      end.signal()
    }.start()
    end.wait()
    guard let result = unsafe result else {
      preconditionFailure("the thread has ended")
    }
    return result
  }
}

#endif
