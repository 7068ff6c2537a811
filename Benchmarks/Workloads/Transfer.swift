//===--- Transfer.swift - ways of the state into a file and back ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// A way to move all of the state, by the name that tables and files use.
enum Transfer: String, CaseIterable, Encodable {
  case write = "write + fsync"
  case save
  case read = "read, cached"
  case load = "load, cached"
  case readDevice = "read, from device"
  case loadDevice = "load, from device"
  case copy = "memcpy"
  case copyFresh = "memcpy, new memory"
  case clone

  /// The plain transfer to compare with, which does as little as possible to
  /// the same bytes.
  var plain: Transfer {
    switch self {
    case .write, .save: .write
    case .read, .load: .read
    case .readDevice, .loadDevice: .readDevice
    case .copy, .copyFresh, .clone: .copy
    }
  }

  /// Whether the file must not be in the memory of the system.
  var needsDevice: Bool { plain == .readDevice }

  /// The number of threads that the transfer runs on at most.
  var threads: Int {
    switch self {
    case .load, .loadDevice, .clone: availableProcessorCount()
    case .write, .save, .read, .readDevice, .copy, .copyFresh: 1
    }
  }
}

extension Transfer: CustomStringConvertible {
  var description: String { rawValue }
}
