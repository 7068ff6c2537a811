//===--- Subject+Transfers.swift - the state, moved in all ways -----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Progress

extension Subject {
  /// The bytes of the moments: m1, m2 and ν.
  var stateByteCount: Int { 3 * scalar.byteCount * count }

  /// Transfers that are compared with each other: a heat for each.
  func transferHeats<Scalar: OptimizerScalar>(
    _: Scalar.Type
  ) throws -> [[Contestant<Transfer>]] {
    let workload = try CheckpointWorkload<Scalar>(
      count: count, in: ScratchFolder(path: folder))
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

  /// All transfers, each compared to the plain one.
  func transferResults(_ measurements: [Measurement<Transfer>]) -> [Result] {
    let all = Dictionary(
      uniqueKeysWithValues: measurements.map { ($0.label, $0) })
    return measurements.map { own in
      let parameters = Double(count)
      var result = Result(
        scenario: scenario, engine: nil, scalar: scalar, count: count,
        threads: own.label.threads,
        nanosecondsPerParameter: own.median / parameters,
        nanosecondsPerParameterMinimum: own.minimum / parameters)
      result.transfer = own.label
      // Bytes in a nanosecond are gigabytes in a second.
      result.gigabytesPerSecond = Double(stateByteCount) / own.median
      result.speedOfPlain = all[own.label.plain].map { $0.ratio(to: own) }
      return result
    }
  }
}
