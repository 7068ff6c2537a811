//===--- RunFacts.swift - fields that all objects of a file share ---------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation

/// The circumstances of a run, which each object of the file has as fields.
struct RunFacts: Encodable {
  let machine = Machine.processorName
  let processors: Int
  /// The bytes of the first processor's caches of data, by their level.
  let cacheByteCounts = Machine.cacheByteCounts
  /// The time at which the run began, by ISO 8601.
  let date = Date.now.ISO8601Format()
  let openBLASVersion = BLASBuild.current.version
  let openBLASCore = BLASBuild.current.core
  let swiftCompiler = Machine.swiftCompiler
  let gap: Gap
}
