//===--- Folder.swift - the files that lie beside each other --------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CSafeTensors
import Glibc

/// A folder, by its path: what is made there after the folder was removed and
/// made anew lies in the same one.
package struct Folder: Sendable {
  package let path: String

  /// A folder that is made, with those it lies in, where it is missing.
  package init(making path: String) throws(FileError) {
    try Self.make(path)
    _ = try FileDescriptor(reading: path, flags: O_DIRECTORY)
    self.path = path
  }

  private static func make(_ path: String) throws(FileError) {
    // Without a check, the system would take the path to end at a zero.
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
    // Or a crash could lose the folder, with files that are on the device.
    try FileDescriptor(reading: parent, flags: O_DIRECTORY)
      .flush(path: parent)
  }

  /// The names of all that lies in the folder, in no order.
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

  /// Removes a file, if it is still there.
  package func remove(_ name: String) throws(FileError) {
    let file = "\(path)/\(name)"
    let status = unsafe unlink(file)
    if status != 0, errno != ENOENT {
      throw FileError(.remove, file, code: errno)
    }
  }

  /// Removes the temporary files of processes that were killed while they saved.
  package func removeAbandonedFiles() throws(FileError) {
    for name in try names() where AtomicFile.isTemporary(name) {
      // What cannot be opened or removed is another's: nothing depends on it.
      guard
        let file = try? FileDescriptor(
          reading: "\(path)/\(name)", flags: O_NOFOLLOW)
      else { continue }
      // Whoever is still writing it holds the lock.
      if safetensors_lock(file.rawValue) == 0 { try? remove(name) }
    }
  }
}

/// The folder that a path leads through last.
func parentFolder(of path: String) -> String {
  let end = path.utf8.lastIndex { $0 != UInt8(ascii: "/") }
  guard let end, let slash = path.utf8[...end].lastIndex(of: UInt8(ascii: "/"))
  else { return path.utf8.first == UInt8(ascii: "/") ? "/" : "." }
  return String(path[...slash])
}
