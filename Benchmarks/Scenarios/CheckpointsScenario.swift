//===--- CheckpointsScenario.swift - the state, moved in all ways ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals
import Progress

/// Checkpoints and copies of the state, beside plain files and copies.
struct CheckpointsScenario: Scenario {
  typealias Label = Transfer

  struct Figures: Encodable {
    let transfer: Transfer
    let gigabytesPerSecond: Double
    /// The speed over that of the plain transfer of the same kind.
    let speedOfPlain: Double?
  }

  static let name = "checkpoints"
  static let cost = ScenarioCost(setUp: 0.05, contestants: 0, round: 0.06)
  /// The three moments, the content of the file, the result of a transfer, and
  /// the file in the memory of the system.
  static let scalarsPerParameter = 3 * 4

  let scalar: ScalarName
  let count: Int
  let state: StepState? = nil
  private let folder: ScratchFolder

  static func scenarios(of scalar: ScalarName, for request: Request) -> [Self] {
    guard request.scenarios.contains(name),
      request.scalars(or: [.float]).contains(scalar)
    else { return [] }
    return request.counts(or: [request.effort.largeCount]).map {
      Self(scalar: scalar, count: $0, folder: request.folder)
    }
  }

  /// The scenario itself if it fits into memory and on the disk.
  func fitted(to byteCount: Int, _ notes: inout [String]) throws -> Self? {
    // Room for the file that is read, and one that is written. A fifth stays
    // free.
    let room = try folder.availableBytes() / 10 * 8
    guard 2 * stateByteCount <= room else {
      notes.append(
        "Skipped \(title): \(megabytes(2 * stateByteCount)) needed, "
          + "\(megabytes(room)) to use there.")
      return nil
    }
    if try folder.isMemory() {
      notes.append(
        "\(folder.path) lies in memory: no device is measured. Choose another "
          + "--folder.")
    }
    return fits(into: byteCount, &notes) ? self : nil
  }

  /// The bytes of the moments: m1, m2 and ν.
  private var stateByteCount: Int { 3 * scalar.byteCount * count }

  /// Transfers that are compared with each other: a heat for each kind.
  func heats<Scalar: CeilingScalar>(
    _: Scalar.Type
  ) throws -> [[Contestant<Transfer>]] {
    let workload = try CheckpointWorkload<Scalar>(count: count, in: folder)
    if !workload.canDropFile {
      note("\rThe system keeps the file: nothing is read from the device.\n")
    }
    let possible = Transfer.allCases.filter {
      workload.canDropFile || !$0.needsDevice
    }
    return possible.grouped { $0.plain == $1.plain }.map { heat in
      heat.map { transfer in
        Contestant(
          label: transfer, prepare: { try workload.prepare(transfer) },
          run: { _ in try workload.run(transfer) })
      }
    }
  }

  func rows(_ times: [Transfer: Times]) -> [[Row]] {
    Transfer.allCases.grouped { $0.plain == $1.plain }.map { group in
      group.compactMap { transfer in
        guard let time = times[transfer] else { return nil }
        return Row(
          timing: timing(time, threads: transfer.threads),
          figures: Figures(
            transfer: transfer,
            // Bytes in a nanosecond are gigabytes in a second.
            gigabytesPerSecond: Double(stateByteCount) / time.median,
            speedOfPlain: times[transfer.plain].map { $0.ratio(to: time) }))
      }
    }.filter { !$0.isEmpty }
  }

  var title: String {
    "Checkpoints, \(scalar.rawValue), \(parameters), "
      + "\(megabytes(stateByteCount)) in \(folder.path)"
  }

  var columns: [Column<Figures>] {
    let milliseconds = Double(count) / 1e6
    return [
      Column { $0.figures.transfer.rawValue },
      .threads,
      Column("ms", decimals: 1) {
        $0.timing.nanosecondsPerParameter * milliseconds
      },
      Column("best", decimals: 1) {
        $0.timing.nanosecondsPerParameterMinimum * milliseconds
      },
      Column("GB/s", decimals: 2) { $0.figures.gigabytesPerSecond },
      Column("of plain", decimals: 2) { $0.figures.speedOfPlain },
    ]
  }

  var description: String { "\(scalar.rawValue), checkpoints" }
}
