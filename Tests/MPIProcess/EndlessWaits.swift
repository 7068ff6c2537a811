//===--- EndlessWaits.swift - ranks that others wait for in vain ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
import AdEMAMix
import AdEMAMixMPI
import TestSupport
import Glibc

/// The way in which the last rank leaves others that wait for it.
enum Absence: String {
  /// The last rank steps until the test stops, kills or unplugs it.
  case lost
  /// The same, in steps of megabytes.
  case lostLarge = "lost-large"
  /// The last rank works on for a fifth more than the limit.
  case late
  /// The last rank works on for less than the limit, again and again.
  case slow
  /// The last rank works for longer than the limit in the closure of an open
  /// step, which it calls now and then.
  case open
  /// The last rank ends MPI, while others step.
  case leaving
  /// The last rank makes another call than others.
  case elsewhere

  /// The number of parameters: 24 MiB of them in a large step.
  fileprivate var count: Int { self == .lostLarge ? 6 << 20 : 3_500 }
}

/// Steps until a wait ends at the limit, prints why, and ends the job.
///
/// - Parameters:
///   - world: All ranks.
///   - environment: The environment, which the last rank may end.
///   - absence: The way in which the last rank leaves.
///   - limit: The limit of the environment.
/// - Returns: The findings, if no wait has ended at the limit.
/// - Throws: The errors of the optimizer before its first step has ended.
func waitInVain(
  on world: borrowing MPICommunicator, of environment: borrowing MPIEnvironment,
  _ absence: Absence, _ limit: Duration
) throws -> Findings {
  var findings = Findings()
  let layout = try ParameterLayout([
    ParameterGroup(
      "all", sizes: [absence.count], Hyperparameters(learningRate: 0.01))
  ])
  var optimizer = try DistributedAdEMAMix<Float>(layout, on: world, threads: 1)
  var parameters = [Float](repeating: 1, count: layout.count)
  var gradients = parameters
  try optimizer.step(&parameters, gradients: &gradients)
  // In one piece, which launchers do not mix with those of other ranks.
  print("rank \(world.rank) is process \(getpid())\n", terminator: "")
  fflush(nil)
  let isLast = world.rank == world.size - 1
  if absence == .open {
    try optimizer.openStep(&parameters) { step, _ in
      for _ in 0..<(isLast ? 20 : 0) {
        sleep(limit * 0.1)
        try step.progress()
      }
      try step.update(layout.tensors[0].name, gradients: gradients)
    }
    findings.expect(optimizer.stepCount == 2, "the open step has not ended")
    return findings
  }
  var start = ContinuousClock.now
  do throws(DistributedError) {
    if isLast {
      switch absence {
      case .lost, .lostLarge, .slow, .open: break
      case .late: sleep(limit * 1.2)
      case .leaving: try environment.finalize()
      case .elsewhere: _ = try world.sum([0])
      }
    }
    for _ in 0..<(absence == .slow ? 4 : .max) {
      if isLast, absence == .slow { sleep(limit * 0.8) }
      start = .now
      try optimizer.step(&parameters, gradients: &gradients)
    }
    return findings
  } catch {
    print(
      "rank \(world.rank) gave up after \((.now - start) / .seconds(1)) s, "
        + "missing \(error.missingRanks.map { "\($0)" } ?? "none"), "
        + "\(error.code)\n# \(error)\n", terminator: "")
  }
  let errors = [
    thrownError { () throws(DistributedError) in
      try optimizer.step(&parameters, gradients: &gradients)
    },
    thrownError { () throws(DistributedError) in
      try optimizer.broadcast(&parameters)
    },
    thrownError { () throws(DistributedError) in _ = try world.sum([0]) },
    thrownError { () throws(DistributedError) in _ = try world.duplicate() },
    thrownError { () throws(DistributedError) in _ = try environment.world() },
    thrownError { () throws(DistributedError) in try environment.finalize() },
  ]
  findings.expect(
    errors.allSatisfy { $0?.code == .communication }, "\(errors)")
  findings.print(rank: world.rank)
  // Others give up at about the same time. The first to end the job would end
  // them before they have said so.
  sleep(.seconds(1))
  world.abort(code: 3)
}

private func sleep(_ duration: Duration) {
  usleep(useconds_t(duration / .microseconds(1)))
}

#endif
