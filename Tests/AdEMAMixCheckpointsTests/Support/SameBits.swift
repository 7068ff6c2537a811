//===--- SameBits.swift - a run that is resumed, against one that is not --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import TestSupport
import Testing

/// The calls before which runs are saved: in a warm-up, in an accumulation.
private let stops = [0, 7, 22, 35]

/// Runs that are saved on their way, and those that go on from there, against
/// one that never stops.
func expectSameBits<Scalar: OptimizerScalar>(
  _ scenario: Scenario, _ computations: [Computation], _: Scalar.Type
) throws {
  let folder = try TemporaryFolder()
  for computation in computations {
    let scenario = scenario.with(\.computation, computation)
    let expected = try scenario.run(of: Scalar.self).state()
    var saved = try ScenarioRun<Scalar>(scenario)
    for (stop, next) in zip(stops, stops.dropFirst() + [48]) {
      try saved.save(to: folder.file("\(stop)"))
      try saved.apply(calls: stop..<next)
    }
    try saved.save(to: folder.file("end"))
    // Compared here: listing what differs in so many takes minutes.
    let isSaveFree = try saved.state() == expected
    #expect(isSaveFree, "\(Scalar.self), \(computation), saved")
    let end = try content(of: folder.file("end"))
    for stop in stops {
      for loads in [false, true] {
        let path = folder.file("\(stop)")
        var resumed =
          loads
          ? try ScenarioRun<Scalar>.loading(path, scenario)
          : try ScenarioRun<Scalar>(resuming: path, scenario)
        resumed.compute(as: computation)
        try resumed.apply(calls: stop..<48)
        let isEqual = try resumed.state() == expected
        #expect(isEqual, "\(Scalar.self), \(computation), from \(stop)")
        try resumed.save(to: folder.file("resumed"))
        let isFileEqual = try content(of: folder.file("resumed")) == end
        #expect(isFileEqual, "\(Scalar.self), \(computation), \(stop)")
      }
    }
  }
}
