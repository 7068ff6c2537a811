//===--- CheckpointErrorTests.swift - errors that programs react to -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import Foundation
import SafeTensors
import TestSupport
import Testing

@Suite struct `An error of a checkpoint` {
  @Test func `has a code, a path and the error underneath`() {
    let full = CheckpointError.file(
      .file(FileError(.write, "a", code: ENOSPC)))
    #expect(full.code == .file)
    #expect(full.path == "a")
    #expect(full.underlyingError is SafeTensorsError)
    let cut = CheckpointError.file(
      .fault(.noHeader(fileByteCount: 0), path: "b"))
    #expect(cut.code == .damaged)
    #expect(cut.path == "b")
    let outer = CheckpointError.inFile(.noAverage, path: "c")
    #expect(outer.code == .missingContent)
    #expect(outer.path == "c")
    #expect(outer.underlyingError == nil)
    #expect(
      outer.description == "'c': the checkpoint was saved without an average")
    let none = CheckpointError.noneIntact([cut, outer])
    #expect(none.damaged == [cut, outer])
    #expect(none.description == "no checkpoint is intact: \(cut); \(outer)")
    let state = CheckpointError.invalidState(.threadCount(0))
    #expect(state.code == .invalidState && state.path == nil)
    #expect(state.underlyingError is AdEMAMixError)
    #expect("\(state.code)" == "invalidState")
  }

  @Test func `equals one of the same code and text`() {
    let error = CheckpointError.negativeSecondMoment(
      value: .nan, index: 1, tensor: "w")
    #expect(
      error
        == .negativeSecondMoment(value: .nan, index: 1, tensor: "w"))
    #expect(
      error
        != .negativeSecondMoment(value: .nan, index: 2, tensor: "w"))
    #expect(CheckpointError.noAverage != .noParameters)
    #expect(Set([error, error, .noAverage]).count == 2)
  }

  @Test func `says where memory was short`() {
    #expect(
      CheckpointError.invalidState(.outOfMemory(byteCount: 1)).isOutOfMemory)
    #expect(
      CheckpointError.invalidAverage(.outOfMemory(byteCount: 1)).isOutOfMemory)
    #expect(!CheckpointError.invalidState(.threadCount(0)).isOutOfMemory)
    #expect(!CheckpointError.noAverage.isOutOfMemory)
  }
}
