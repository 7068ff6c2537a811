//===--- AtomicFile.swift - a file that is replaced whole or not at all ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CSafeTensors
import Glibc

/// A file that takes the place of another file at once, when it is complete.
///
///     var file = try AtomicFile(replacing: "settings.json")
///     try file.write(bytes, at: 0)
///     try file.commit()
///
/// Until `commit()` returns, the path has the old file, or none, even if the
/// process or the system crashes. After `commit()`, the new file is on the
/// device.
///
/// The new file is written to the same folder. Until `commit()`, the new file
/// has no name, or a hidden temporary name if the file system cannot make files
/// without a name. A file that is not committed is removed. A killed process
/// can leave a file with a temporary name behind, which the next file for the
/// same path removes. Files are locked while they are written, so that a file
/// left behind can be told from a file in use. The new file gets the
/// permissions of any new file. A symbolic link at the path is replaced, and
/// the file that the link points to stays.
package struct AtomicFile: ~Copyable, Sendable {
  /// The path at which the file will be.
  package let path: String

  private let folderPath: String
  private let name: String
  private let folder: FileDescriptor
  private let file: FileDescriptor
  /// The name under which a file that is not committed is removed.
  private var temporaryName: String?

  /// Starts a file that is to be at `path`, in a folder that exists.
  ///
  /// - Throws: ``FileError`` of operation `open`.
  package init(replacing path: String) throws(FileError) {
    try self.init(replacing: path, isNamed: false)
  }

  /// Starts a file, which has a temporary name from the start if `isNamed` is
  /// true, as on a file system without unnamed files.
  package init(replacing path: String, isNamed: Bool) throws(FileError) {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let nameStart = slash.map(path.utf8.index(after:)) ?? path.startIndex
    let name = String(path[nameStart...])
    let folderPath = parentFolder(of: path)
    guard !name.isEmpty, name != ".", name != ".." else {
      throw FileError(.open, path, code: EISDIR)
    }
    guard !path.utf8.contains(0) else {
      throw FileError(.open, path, code: EINVAL)
    }
    let folder = try FileDescriptor(folder: folderPath)
    // Files left behind are removed first, to make room for the new file.
    for left in TemporaryName.all(for: name) {
      folder.removeAbandoned(left)
    }

    let opened = try Self.openFile(
      for: name, in: folder, folderPath, isNamed: isNamed)
    self.path = path
    self.folderPath = folderPath
    self.name = name
    self.folder = folder
    file = FileDescriptor(opened.descriptor)
    temporaryName = opened.name
  }

  /// Makes a file without a name, or with a temporary name.
  private static func openFile(
    for name: String, in folder: borrowing FileDescriptor,
    _ folderPath: String, isNamed: Bool
  ) throws(FileError) -> (descriptor: CInt, name: String?) {
    if !isNamed {
      let descriptor = safetensors_open_unnamed(folder.rawValue, 0o666)
      if descriptor >= 0 {
        _ = safetensors_lock(descriptor)
        return (descriptor, nil)
      }
    }
    let opened = try TemporaryName.firstFree(for: name) {
      name throws(FileError) -> CInt? in
      let descriptor = try retrying(.open, folderPath) {
        unsafe openat(
          folder.rawValue, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      }
      let isLocked =
        safetensors_lock(descriptor) == 0 || errno != EWOULDBLOCK
      if isLocked && folder.hasFile(descriptor, named: name) {
        return descriptor
      }
      // Before the file was locked, another process took the file for a file
      // left behind.
      close(descriptor)
      return nil
    }
    return (opened.result, opened.name)
  }

  deinit {
    if let temporaryName {
      unsafe _ = unlinkat(folder.rawValue, temporaryName, 0)
    }
  }

  /// Reserves room for the whole file on the device. A full device is found
  /// before anything is written.
  ///
  /// On a file system that cannot reserve room, nothing happens, and writing
  /// finds the device full.
  ///
  /// - Throws: ``FileError`` of operation `reserve`.
  package mutating func reserve(byteCount: Int) throws(FileError) {
    guard safetensors_reserve(file.rawValue, Int64(byteCount)) == 0 else {
      throw FileError(.reserve, path, code: errno)
    }
  }

  /// Writes bytes at a place in the file.
  ///
  /// - Throws: ``FileError`` of operation `write`. Some of the bytes may have
  ///   been written.
  package mutating func write(_ bytes: RawSpan, at offset: Int)
    throws(FileError)
  {
    try unsafe bytes.withUnsafeBytes { bytes throws(FileError) in
      try unsafe write(bytes, at: offset)
    }
  }

  mutating func write(
    _ bytes: UnsafeRawBufferPointer, at offset: Int
  ) throws(FileError) {
    try unsafe file.write(bytes, at: offset, path: path)
  }

  /// Starts to write a range of the file to the device, before ``commit()``
  /// waits for the whole file.
  func startWriting(_ range: Range<Int>) {
    safetensors_start_writing(
      file.rawValue, Int64(range.lowerBound), Int64(range.count))
  }

  /// Flushes the file to the device, gives the file its name, and flushes the
  /// name.
  ///
  /// - Throws: ``FileError`` of operation `flush` or `rename`. The old file is
  ///   still there, unless flushing the folder alone failed.
  package consuming func commit() throws(FileError) {
    try file.flush(path: path)
    let source: String
    if let temporaryName {
      source = temporaryName
    } else {
      source = try link()
      temporaryName = source
    }
    _ = try retrying(.rename, path) {
      unsafe renameat(folder.rawValue, source, folder.rawValue, name)
    }
    temporaryName = nil
    try folder.flushFolder(path: folderPath)
  }

  /// Gives an unnamed file a temporary name: only a rename can replace a file.
  private borrowing func link() throws(FileError) -> String {
    try TemporaryName.firstFree(for: name) { name throws(FileError) -> CInt? in
      try retrying(.rename, path) {
        unsafe safetensors_name(file.rawValue, folder.rawValue, name)
      }
    }.name
  }
}
