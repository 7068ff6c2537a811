//===--- ScratchFolder.swift - the disk that is measured ------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation

/// The folder that files are written to.
struct ScratchFolder {
  let path: String

  /// A path in the folder that nothing else has.
  func newPath() -> String {
    let name = String(UInt64.random(in: .min ... .max), radix: 36)
    return "\(path)/.ademamix-benchmark-\(name)"
  }

  /// The bytes that may still be written there.
  func availableBytes() throws -> Int {
    var system = statvfs()
    _ = try checked(path) { unsafe statvfs(path, &system) }
    return Int(system.f_bavail) * Int(system.f_frsize)
  }

  /// Whether files lie in memory and never reach a device.
  func isMemory() throws -> Bool {
    var status = stat()
    _ = try checked(path) { unsafe stat(path, &status) }
    let number = status.st_dev
    let device =
      "\(number >> 8 & 0xFFF):\(number & 0xFF | number >> 12 & 0xFFF00)"
    // "... 0:42 / /dev/shm ... - tmpfs ..."
    let mounts = try String(
      contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
    return mounts.split(separator: "\n").contains { line in
      let fields = line.split(separator: " ")
      guard fields.count > 2, fields[2] == device,
        let dash = fields.firstIndex(of: "-")
      else { return false }
      return ["tmpfs", "ramfs"].contains(fields[dash + 1])
    }
  }

  /// Throws if no file can be made.
  func checkIsWritable() throws { _ = try ScratchFile(newPath()) }
}
