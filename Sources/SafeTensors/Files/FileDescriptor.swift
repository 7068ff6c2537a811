//===--- FileDescriptor.swift - an open file ------------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CSafeTensors
import Glibc

/// An open file, closed at the end of its life.
struct FileDescriptor: ~Copyable, Sendable {
  let rawValue: CInt

  init(_ rawValue: CInt) { self.rawValue = rawValue }

  deinit { _ = close(rawValue) }

  /// Opens a file or folder that exists, for reading.
  init(reading path: String, flags: CInt = 0) throws(FileError) {
    // The system would take a path to end at a zero byte.
    guard !path.utf8.contains(0) else {
      throw FileError(.open, path, code: EINVAL)
    }
    // Without O_NONBLOCK, opening a pipe would wait for a process that writes
    // to the pipe.
    rawValue = try retrying(.open, path) {
      unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags)
    }
  }

  /// Opens a folder that exists, to make files in the folder.
  init(folder path: String) throws(FileError) {
    guard !path.utf8.contains(0) else {
      throw FileError(.open, path, code: EINVAL)
    }
    rawValue = try retrying(.open, path) {
      unsafe safetensors_open_folder(path)
    }
  }

  /// The number of bytes of a regular file.
  func byteCount(path: String) throws(FileError) -> Int {
    var status = stat()
    _ = try retrying(.measure, path) { unsafe fstat(rawValue, &status) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      // A folder, pipe or device has a size that is no number of bytes.
      throw FileError(.measure, path, code: EINVAL)
    }
    return Int(status.st_size)
  }

  /// Fills memory with the bytes at a place in the file.
  func read(
    into bytes: UnsafeMutableRawBufferPointer, at offset: Int, path: String
  ) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
      let count = try retrying(.read, path) {
        unsafe pread(
          rawValue, rest.baseAddress, rest.count, off_t(offset + done))
      }
      guard count > 0 else { throw FileError(.read, path, code: 0) }
      done += count
    }
  }

  /// The bytes at a place in the file.
  func bytes(
    at offset: Int, count: Int, path: String
  ) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    try unsafe span.withUnsafeMutableBytes { bytes throws(FileError) in
      try unsafe read(into: bytes, at: offset, path: path)
    }
    return bytes
  }

  /// Writes bytes to a place in the file.
  func write(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, path: String
  ) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
      let count = try retrying(.write, path) {
        unsafe pwrite(
          rawValue, rest.baseAddress, rest.count, off_t(offset + done))
      }
      // A write of no bytes, repeated, would never end.
      guard count > 0 else { throw FileError(.write, path, code: EIO) }
      done += count
    }
  }

  /// Waits until the device has the content of the file.
  func flush(path: String) throws(FileError) {
    // Only an interrupted call may be repeated. After a failed one, the next
    // call succeeds without having flushed anything.
    _ = try retrying(.flush, path) { fsync(rawValue) }
  }

  /// Waits until the device has the names in a folder. Nothing happens on a
  /// file system that cannot flush folders: the files themselves are on the
  /// device.
  func flushFolder(path: String) throws(FileError) {
    _ = try retrying(.flush, path) { safetensors_flush_folder(rawValue) }
  }
}

/// The result of a system call, which is repeated while signals interrupt it. A
/// negative result is thrown as an error.
func retrying<Result: FixedWidthInteger>(
  _ operation: FileError.Operation, _ path: String, _ call: () -> Result
) throws(FileError) -> Result {
  while true {
    let result = call()
    if result >= 0 { return result }
    guard errno == EINTR else {
      throw FileError(operation, path, code: errno)
    }
  }
}
