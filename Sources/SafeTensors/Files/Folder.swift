//===--- Folder.swift - the files that lie beside each other --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// A folder, addressed by its path and not by a descriptor. If the folder is
/// removed and made anew, later operations use the new folder.
package struct Folder: Sendable {
  package let path: String

  /// The folder at a path. A missing folder is made, with the folders above.
  package init(making path: String) throws(FileError) {
    try Self.make(path)
    _ = try FileDescriptor(folder: path)
    self.path = path
  }

  /// The folder at a path, which must exist.
  package init(opening path: String) throws(FileError) {
    _ = try FileDescriptor(folder: path)
    self.path = path
  }

  private static func make(_ path: String) throws(FileError) {
    // The system would take a path to end at a zero byte.
    guard !path.utf8.contains(0) else {
      throw FileError(.open, path, code: EINVAL)
    }
    let parent = parentFolder(of: path)
    var status = unsafe mkdir(path, 0o777)
    if status != 0, errno == ENOENT, parent != path {
      try make(parent)
      status = unsafe mkdir(path, 0o777)
    }
    guard status == 0 else {
      if errno == EEXIST { return }
      throw FileError(.open, path, code: errno)
    }
    // A crash could lose a folder, with all its files, whose name is not on
    // the device.
    try FileDescriptor(folder: parent).flushFolder(path: parent)
  }

  /// The names in the folder, in no particular order.
  package func names() throws(FileError) -> [String] {
    guard let stream = unsafe opendir(path) else {
      throw FileError(.open, path, code: errno)
    }
    defer { unsafe _ = closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else { break }
      names.append(
        unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
          unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    guard errno == 0 else { throw FileError(.read, path, code: errno) }
    return names
  }

  /// Whether a regular file, or a link to one, has this name in the folder.
  package func hasFile(_ name: String) -> Bool {
    var status = stat()
    return unsafe stat("\(path)/\(name)", &status) == 0
      && status.st_mode & S_IFMT == S_IFREG
  }

  /// Removes a file, if it exists.
  package func remove(_ name: String) throws(FileError) {
    let file = "\(path)/\(name)"
    let status = unsafe unlink(file)
    if status != 0, errno != ENOENT {
      throw FileError(.remove, file, code: errno)
    }
  }

  /// Removes the temporary files of processes that were killed while they
  /// wrote.
  package func removeAbandonedFiles() throws(FileError) {
    let folder = try FileDescriptor(folder: path)
    for name in try names() where TemporaryName.matches(name) {
      folder.removeAbandoned(name)
    }
  }
}

/// The path of the folder that a file or folder lies in.
func parentFolder(of path: String) -> String {
  let end = path.utf8.lastIndex { $0 != UInt8(ascii: "/") }
  guard let end, let slash = path.utf8[...end].lastIndex(of: UInt8(ascii: "/"))
  else { return path.utf8.first == UInt8(ascii: "/") ? "/" : "." }
  return String(path[...slash])
}
