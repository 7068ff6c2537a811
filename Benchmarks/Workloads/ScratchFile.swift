//===--- ScratchFile.swift - a file without a name ------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// An open file that has no name any more. The file is gone when it is closed,
/// even if the process is killed.
struct ScratchFile: ~Copyable {
  private let descriptor: CInt

  /// A path to open the file at once more.
  var path: String { "/proc/self/fd/\(descriptor)" }

  /// Opens a file, or makes one, and takes its name away.
  init(_ path: String) throws {
    descriptor = try checked(path) {
      unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    }
    unsafe _ = unlink(path)
  }

  deinit { close(descriptor) }

  func byteCount() throws -> Int {
    var status = stat()
    _ = try checked(path) { unsafe fstat(descriptor, &status) }
    return Int(status.st_size)
  }

  /// Writes the file from its start, in as few calls as the system allows, and
  /// waits for the device.
  func writeAndFlush(_ bytes: UnsafeRawBufferPointer) throws {
    try transfer(bytes.count) {
      let rest = unsafe bytes[$0...]
      return unsafe pwrite(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress,
        rest.count, off_t($0))
    }
    _ = try checked(path) { fsync(descriptor) }
  }

  /// Reads the file from its start, in as few calls as the system allows.
  func read(into bytes: UnsafeMutableRawBufferPointer) throws {
    try transfer(bytes.count) {
      let rest = unsafe bytes[$0...]
      return unsafe pread(
        descriptor, UnsafeMutableRawBufferPointer(rebasing: rest).baseAddress,
        rest.count, off_t($0))
    }
  }

  private func transfer(
    _ count: Int, _ call: (_ offset: Int) -> Int
  ) throws {
    var done = 0
    while done < count {
      let moved = try checked(path) { call(done) }
      guard moved > 0 else { throw FileRefusal(path, code: EIO) }
      done += moved
    }
  }

  /// Asks the system to forget the content, which the device has.
  func dropFromMemory() {
    _ = posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }

  /// The share of the file that the system has in memory.
  func residentShare() throws -> Double {
    let count = try byteCount()
    let pageSize = sysconf(CInt(_SC_PAGESIZE))
    let pageCount = (count + pageSize - 1) / pageSize
    let mapped = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let mapped = unsafe mapped, unsafe mapped != MAP_FAILED else {
      throw FileRefusal(path, code: errno)
    }
    defer { unsafe _ = munmap(mapped, count) }
    var isResident = [UInt8](repeating: 0, count: pageCount)
    _ = try checked(path) { unsafe mincore(mapped, count, &isResident) }
    return Double(isResident.count { $0 & 1 == 1 }) / Double(pageCount)
  }
}
