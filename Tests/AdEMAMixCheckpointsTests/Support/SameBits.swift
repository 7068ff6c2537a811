//===--- SameBits.swift - a run that is resumed, against one that is not --===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMixCheckpoints
import TestSupport
import Testing

/// Runs that are saved on their way, and those that go on from there, against
/// one that never stops.
func expectSameBits<Scalar: TestScalar>(
  _ script: Script, _ computations: [Computation], _: Scalar.Type
) throws {
  let folder = try TemporaryFolder()
  for computation in computations {
    let expected = try outcome(of: Training<Scalar>(script, computation))
    var saved = try Training<Scalar>(script, computation)
    for call in 0..<Script.callCount {
      if Script.stops.contains(call) {
        try saved.save(to: folder.file("\(call)"))
      }
      try saved.call(call)
    }
    try saved.save(to: folder.file("end"))
    // Compared here: listing what differs in so many takes minutes.
    let isSaveFree = try saved.state() == expected
    #expect(isSaveFree, "\(Scalar.self), \(computation), saved")
    for stop in Script.stops {
      let path = folder.file("\(stop)")
      for resumed in [
        try outcome(
          of: Training<Scalar>(resuming: path, script, computation),
          from: stop, file: folder.file("resumed")),
        try outcome(
          of: Training<Scalar>.loading(path, script, computation),
          from: stop, file: folder.file("loaded")),
      ] {
        let isEqual = resumed == expected
        #expect(isEqual, "\(Scalar.self), \(computation), from \(stop)")
      }
      let end = try content(of: folder.file("end"))
      let areFilesEqual =
        try content(of: folder.file("resumed")) == end
        && content(of: folder.file("loaded")) == end
      #expect(areFilesEqual, "\(Scalar.self), \(computation), \(stop)")
    }
  }
}

/// What a run leaves behind after all calls.
func outcome<Scalar>(
  of training: consuming Training<Scalar>, from start: Int = 0,
  file: String? = nil
) throws -> TrainingState {
  for call in start..<Script.callCount { try training.call(call) }
  if let file { try training.save(to: file) }
  return try training.state()
}
