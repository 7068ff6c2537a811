//===--- TemporaryName.swift - the name of a file that is not complete ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import CSafeTensors
import Glibc

/// The hidden names that a file may have before it gets its own name.
///
/// The hidden names are computed from the file's own name. The next process
/// that writes the file therefore finds the files that a killed process left
/// behind, without reading the whole folder. The names are so short that no
/// file system finds them too long.
enum TemporaryName {
  private static let prefix = ".safetensors-"
  /// The number of names of a file: more than 1, for processes that write the
  /// same file at the same time.
  private static let count: UInt64 = 4

  /// The temporary names of a file, without the random name of ``firstFree``.
  static func all(for name: String) -> [String] {
    // The hash is FNV-1a: Swift's own hash differs in every process. Two files
    // with the same hash share their temporary names. That does no harm, since
    // two processes that write the same file share its temporary names as well.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
    return (0..<count).map { text(hash &+ $0) }
  }

  private static func text(_ number: UInt64) -> String {
    prefix + String(number, radix: 36)
  }

  /// Whether a name is the temporary name of some file.
  static func matches(_ name: String) -> Bool {
    let digits = name.utf8.dropFirst(prefix.utf8.count)
    return name.utf8.starts(with: prefix.utf8)
      && UInt64(String(decoding: digits, as: UTF8.self), radix: 36) != nil
  }

  /// Calls `body` with one temporary name of a file after the other, and a
  /// random name at last, until `body` neither returns `nil` nor throws
  /// `EEXIST`.
  static func firstFree<Result>(
    for name: String, _ body: (_ name: String) throws(FileError) -> Result?
  ) throws(FileError) -> (result: Result, name: String) {
    for candidate in all(for: name) {
      do throws(FileError) {
        if let result = try body(candidate) { return (result, candidate) }
      } catch {
        guard error.code == EEXIST else { throw error }
      }
    }
    let random = text(.random(in: .min ... .max))
    guard let result = try body(random) else {
      throw FileError(.open, random, code: EEXIST)
    }
    return (result, random)
  }
}

extension FileDescriptor {
  /// Removes a file from this folder if no process writes it any more. A file
  /// that cannot be opened or removed belongs to another user, and stays.
  func removeAbandoned(_ name: String) {
    // The file is opened for writing: network file systems lock no others.
    let descriptor = unsafe openat(
      rawValue, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    // A process that writes a file holds the file's lock. Since the file was
    // opened, the file may have got its own name, and another file the
    // temporary name.
    if safetensors_lock(descriptor) == 0, hasFile(descriptor, named: name) {
      unsafe _ = unlinkat(rawValue, name, 0)
    }
  }

  /// Whether an open file has this name in this folder.
  func hasFile(_ file: CInt, named name: String) -> Bool {
    var open = stat()
    var named = stat()
    return unsafe fstat(file, &open) == 0
      && fstatat(rawValue, name, &named, AT_SYMLINK_NOFOLLOW) == 0
      && open.st_ino == named.st_ino && open.st_dev == named.st_dev
  }
}
