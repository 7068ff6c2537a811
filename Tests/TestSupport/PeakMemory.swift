//===--- PeakMemory.swift - the most memory that a process had ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Glibc

/// The most memory this process ever had, in KiB. `getrusage` would count that
/// of the process which started it, too.
package func peakKibibytes() -> Int {
  let file = unsafe open("/proc/self/status", O_RDONLY)
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 8192)
  let count = unsafe read(file, &bytes, bytes.count)
  let text = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  for line in text.split(separator: "\n") where line.hasPrefix("VmHWM:") {
    return Int(line.filter(\.isNumber)) ?? -1
  }
  return -1
}
