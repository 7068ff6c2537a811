//===--- AtomicFile.swift - a file that is replaced whole or not at all -===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import CSafeTensors
import Glibc

/// A file that takes another's place at once, when it is complete.
///
///     var file = try AtomicFile(replacing: "settings.json")
///     try file.write(bytes, at: 0)
///     try file.commit()
///
/// Until `commit()` has returned, and whenever the process or the system
/// crashes before, whoever opens the path finds the old file, or none. After
/// it, the new one is on the device.
///
/// The new file is written to the same folder without a name, or where the file
/// system has no such files with a hidden temporary one. A file that is not
/// committed is removed; only the temporary name can be left over, when the
/// process is killed. While it is written it is locked, so that a file left over
/// can be told from one in use. The new file gets the permissions of any new file. A
/// symbolic link is replaced, not what it points to.
public struct AtomicFile: ~Copyable, Sendable {
  /// The path that the file is to have.
  public let path: String

  private let folderPath: String
  private let name: String
  private let folder: FileDescriptor
  private let file: FileDescriptor
  /// The file's name, while it is to be removed.
  private var temporaryName: String?

  /// Starts a file that is to be at `path`, in a folder that exists.
  ///
  /// - Throws: ``FileError`` of operation `open`.
  public init(replacing path: String) throws(FileError) {
    try self.init(replacing: path, isNamed: false)
  }

  /// A file that has a temporary name from the start if `isNamed` says so, as
  /// where the file system knows no other.
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
    let folder = try FileDescriptor(reading: folderPath, flags: O_DIRECTORY)

    let opened = try Self.openFile(in: folder, folderPath, isNamed: isNamed)
    self.path = path
    self.folderPath = folderPath
    self.name = name
    self.folder = folder
    file = FileDescriptor(opened.descriptor)
    temporaryName = opened.name
  }

  /// Makes a file without a name, or else with a temporary one.
  private static func openFile(
    in folder: borrowing FileDescriptor, _ folderPath: String, isNamed: Bool
  ) throws(FileError) -> (descriptor: CInt, name: String?) {
    if !isNamed {
      let descriptor = safetensors_open_unnamed(folder.rawValue, 0o666)
      if descriptor >= 0 {
        _ = safetensors_lock(descriptor)
        return (descriptor, nil)
      }
    }
    let name = newTemporaryName()
    let descriptor = try retrying(.open, folderPath) {
      unsafe openat(
        folder.rawValue, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    }
    _ = safetensors_lock(descriptor)
    return (descriptor, name)
  }

  deinit {
    if let temporaryName {
      unsafe _ = unlinkat(folder.rawValue, temporaryName, 0)
    }
  }

  /// Sets room aside for the whole file, so that a full disk is found now.
  ///
  /// Where the file system cannot do this, nothing happens: a write finds out.
  ///
  /// - Throws: ``FileError`` of operation `reserve`.
  public mutating func reserve(byteCount: Int) throws(FileError) {
    guard safetensors_reserve(file.rawValue, Int64(byteCount)) == 0 else {
      throw FileError(.reserve, path, code: errno)
    }
  }

  /// Writes bytes at a place in the file.
  ///
  /// - Throws: ``FileError`` of operation `write`. Some of the bytes may have
  ///   been written.
  public mutating func write(_ bytes: RawSpan, at offset: Int) throws(FileError)
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

  /// Lets the device begin with a part that is complete, before
  /// ``commit()`` waits for all of it.
  func startWriting(_ range: Range<Int>) {
    safetensors_start_writing(
      file.rawValue, Int64(range.lowerBound), Int64(range.count))
  }

  /// Flushes the file to the device, gives it its name, and flushes that.
  ///
  /// - Throws: ``FileError`` of operation `flush` or `rename`. The old file is
  ///   still there, unless only flushing the folder failed.
  public consuming func commit() throws(FileError) {
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
    try folder.flush(path: folderPath)
  }

  /// Gives an unnamed file a temporary name, as only `rename` replaces a file.
  private borrowing func link() throws(FileError) -> String {
    let name = Self.newTemporaryName()
    _ = try retrying(.rename, path) {
      unsafe safetensors_name(file.rawValue, folder.rawValue, name)
    }
    return name
  }

  /// A hidden name that no other file has. It is short, so that it is not too
  /// long where the file's own is not.
  private static func newTemporaryName() -> String {
    temporaryPrefix + String(UInt64.random(in: .min ... .max), radix: 36)
  }

  private static let temporaryPrefix = ".safetensors-"

  /// Whether a file that has no lock was left over by a process that was killed.
  static func isTemporary(_ name: String) -> Bool {
    name.hasPrefix(temporaryPrefix)
      && UInt64(name.dropFirst(temporaryPrefix.count), radix: 36) != nil
  }
}
