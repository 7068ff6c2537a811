//===--- FileDescriptor.swift - an open file ----------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Glibc

/// An open file, closed at the end of its life.
struct FileDescriptor: ~Copyable, Sendable {
  let rawValue: CInt

  init(_ rawValue: CInt) { self.rawValue = rawValue }

  deinit { _ = close(rawValue) }

  /// Opens a file or folder that exists, for reading.
  init(reading path: String, flags: CInt = 0) throws(FileError) {
    // The system would take the path to end there.
    guard !path.utf8.contains(0) else {
      throw FileError(.open, path, code: EINVAL)
    }
    // Opening a pipe must not wait for someone to write to it.
    rawValue = try retrying(.open, path) {
      unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags)
    }
  }

  /// The number of bytes of a regular file.
  func byteCount(path: String) throws(FileError) -> Int {
    var status = stat()
    _ = try retrying(.measure, path) { unsafe fstat(rawValue, &status) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      // Neither a folder nor a pipe nor a device has a size to rely on.
      throw FileError(.measure, path, code: EINVAL)
    }
    return Int(status.st_size)
  }

  /// Fills memory from a place in the file.
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

  /// Bytes from a place in the file.
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

  /// Writes all of some memory to a place in the file.
  func write(
    _ bytes: UnsafeRawBufferPointer, at offset: Int, path: String
  ) throws(FileError) {
    var done = 0
    while done < bytes.count {
      let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[done...])
      done += try retrying(.write, path) {
        unsafe pwrite(
          rawValue, rest.baseAddress, rest.count, off_t(offset + done))
      }
    }
  }

  /// Waits until the device has the content.
  func flush(path: String) throws(FileError) {
    // Once it failed, a second call would succeed without having flushed: only
    // an interrupted one may be repeated.
    _ = try retrying(.flush, path) { fsync(rawValue) }
  }
}

/// The result of a system call that is not negative, repeated while signals
/// interrupt it.
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
