//===--- SmallDisk.swift - a file system that is soon full ----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import Foundation
internal import Glibc

/// A file system of its own, in memory, that is gone at the end of its life.
package struct SmallDisk: ~Copyable {
  /// Whether this process may ask for one. The system may refuse all the same.
  package static let mayBeMounted = geteuid() == 0

  private let folder: TemporaryFolder

  package var path: String { folder.path }

  /// A file system of some KiB, or `nil` where none can be mounted.
  package init?(kibibytes: Int) throws {
    let folder = try TemporaryFolder()
    guard
      run(
        "mount", "-t", "tmpfs", "-o", "size=\(kibibytes)k", "tmpfs",
        folder.path) == 0
    else { return nil }
    self.folder = folder
  }

  deinit { _ = run("umount", folder.path) }
}

private func run(_ arguments: String...) -> CInt {
  let process = Process()
  process.executableURL = URL(filePath: "/usr/bin/env")
  process.arguments = arguments
  guard (try? process.run()) != nil else { return -1 }
  process.waitUntilExit()
  return process.terminationStatus
}
