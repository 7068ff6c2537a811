//===--- MPIProcess.swift - what tests do on several ranks ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
// Run by the tests, with mpirun:
//
//     MPIProcess steps                compares with one process
//     MPIProcess weights              steps with a weight for each rank
//     MPIProcess trees                lets one rank have wrong trees
//     MPIProcess bfloat16             steps with gradients in bfloat16
//     MPIProcess missing              steps without some gradients
//     MPIProcess open                 steps whose tensors come one by one
//     MPIProcess narrow-open          the same with weights in bfloat16
//     MPIProcess refused-open         open steps that a rank refuses
//     MPIProcess sums                 adds numbers
//     MPIProcess narrow               steps that send bfloat16
//     MPIProcess overlap MS PAUSES    measures sums behind a backward pass
//     MPIProcess updates              the update alone
//     MPIProcess combinations         combines all that a step takes
//     MPIProcess parts                refuses wrong averages and weights
//     MPIProcess save-parts FOLDER PLACEMENT    saves averages and splits
//     MPIProcess load-parts FOLDER PLACEMENT    goes on from them
//     MPIProcess drift                lets parameters drift apart
//     MPIProcess page FOLDER          makes the calls of the page
//     MPIProcess failures             lets ranks fail, and differ
//     MPIProcess processors           lets ranks have other kernels of OpenBLAS
//     MPIProcess slow                 steps while one rank sleeps
//     MPIProcess forever              prints a line with its process, and steps
//     MPIProcess never                prints a line, and waits for ever
//     MPIProcess limit ABSENCE SECONDS    steps until a wait ends
//     MPIProcess large                steps of megabytes, with their times
//     MPIProcess large-forever FOLDER       saves one of them, and steps
//     MPIProcess save FOLDER PLACEMENT      trains, saving now and then
//     MPIProcess resume FOLDER PLACEMENT    goes on, and compares
//     MPIProcess save-forever FOLDER        saves until it is killed
//     MPIProcess verify FOLDER              compares the newest checkpoint
//     MPIProcess fail-to-save FOLDER        lets a rank fail to save
//     MPIProcess full-disk FOLDER SHORTAGE PLACEMENT    saves without room

import AdEMAMix
import AdEMAMixMPI
import Glibc

@main struct MPIProcess {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let limit: Duration? =
      arguments.first == "limit"
      ? .seconds(Double(arguments.last ?? "") ?? 2) : .seconds(300)
    let environment = try MPIEnvironment(waitingLimit: limit)
    let world = try environment.world()
    var findings = Findings()
    let folder = arguments.dropFirst().first ?? ""
    let placement = StatePlacement(rawValue: arguments.last ?? "") ?? .sharded
    switch arguments.first {
    case "steps": findings = try compareSteps(on: world)
    case "weights": try compareWeightedSteps(on: world, &findings)
    case "trees": findings = try refuseTrees(on: world)
    case "bfloat16": findings = try stepWithBFloat16(on: world)
    case "missing": findings = try stepWithoutSomeGradients(on: world)
    case "open": findings = try openSteps(on: world)
    case "narrow-open": findings = try narrowOpenSteps(on: world)
    case "refused-open": findings = try refuseOpenSteps(on: world)
    case "sums": findings = try addNumbers(on: world)
    case "narrow": findings = try sendBFloat16(on: world)
    case "overlap":
      try measureOverlap(on: world, Array(arguments.dropFirst()))
    case "updates": findings = try writeUpdates(on: world)
    case "combinations": findings = try combineEverything(on: world)
    case "parts": try refuseWrongParts(on: world, &findings)
    case "save-parts": try saveParts(on: world, in: folder, placement)
    case "load-parts":
      findings = try loadParts(on: world, in: folder, placement)
    case "drift": findings = try compareParameters(on: world)
    case "page":
      findings = try callAsThePageDoes(on: world)
      try callOnSplitWeightsAsThePageDoes(on: world, in: folder, &findings)
    case "failures": findings = try provokeFailures(on: world)
    case "processors": findings = try refuseOtherProcessors(on: world)
    case "slow": findings = try stepSlowly(on: world)
    case "never": try waitForever(on: world)
    case "limit":
      let absence = Absence(rawValue: arguments.dropFirst().first ?? "")
      findings = try waitInVain(
        on: world, of: environment, absence ?? .lost, limit ?? .seconds(2))
    case "large": findings = try stepLarge(on: world)
    case "large-forever": try stepLargeForever(on: world, in: folder)
    case "forever": try stepForever(on: world)
    case "save":
      findings = try withEachStorage(in: folder) {
        try saveRun(on: world, in: $0, placement, $1, &$2)
      }
    case "resume":
      findings = try withEachStorage(in: folder) {
        try resumeRun(on: world, in: $0, placement, $1, &$2)
      }
    case "save-forever": try saveForever(on: world, in: folder)
    case "verify": findings = try verifyRun(on: world, in: folder)
    case "fail-to-save": findings = try failToSave(on: world, in: folder)
    case "full-disk":
      let shortage = Shortage(rawValue: arguments.dropFirst(2).first ?? "")
      findings = try saveWithoutRoom(
        on: world, in: folder, placement, shortage ?? .limit)
    case let other:
      findings.expect(false, "there is no scenario \(other ?? "")")
    }
    try environment.finalize()
    refuseCallsAfterTheEnd(of: environment, world, &findings)
    findings.print(rank: world.rank)
    if !findings.wrong.isEmpty { exit(1) }
  }
}

/// The findings of a rank: checks that were right, and wrong ones.
struct Findings {
  private(set) var count = 0
  private(set) var wrong: [String] = []

  mutating func expect(_ isRight: Bool, _ text: @autoclosure () -> String) {
    count += 1
    if !isRight { wrong.append(text()) }
  }

  /// Prints what was wrong, and how much was right, a line each.
  func print(rank: Int) {
    var lines = wrong.prefix(5).map { "wrong on rank \(rank): \($0)\n" }
    lines.append("rank \(rank): \(count - wrong.count) right\n")
    // At once, so that lines of ranks do not mix.
    Swift.print(lines.joined(), terminator: "")
    _ = fflush(nil)
  }
}

#else
/// Without MPI there is nothing to do.
@main struct MPIProcess {
  static func main() {}
}
#endif
