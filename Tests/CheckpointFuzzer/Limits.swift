//===--- Limits.swift - what one call may take ----------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Glibc

/// Bounds of time and memory.
enum Limits {
  private static let processorSeconds = 10
  private static let wallSeconds: UInt32 = 120
  /// The memory that a call may take beside four times the bytes of its files.
  private static let spareByteCount = 64 << 20

  /// Lets the process end where it asks for more memory than any input needs,
  /// and writes no image of it.
  static func limitProcess() {
    var limit = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
    let isLimited = unsafe setrlimit(CInt(RLIMIT_AS.rawValue), &limit) == 0
    precondition(isLimited)
    var none = rlimit(rlim_cur: 0, rlim_max: 0)
    _ = unsafe setrlimit(CInt(RLIMIT_CORE.rawValue), &none)
  }

  /// Starts the clocks of a call: the process ends where one runs out.
  private static func startClocks() {
    var timer = itimerval()
    timer.it_value.tv_sec = processorSeconds
    _ = unsafe setitimer(CInt(ITIMER_PROF.rawValue), &timer, nil)
    _ = alarm(wallSeconds)
  }

  /// Makes a call, which must not take more memory than its files allow, nor
  /// more time than any.
  static func bounded(fileByteCount: Int, _ call: () -> Void) {
    let before = resetPeak()
    startClocks()
    call()
    guard let before, let after = kibibytes("VmHWM:") else { return }
    let (taken, allowed) = (
      (after - before) << 10, 4 * fileByteCount + spareByteCount
    )
    require(
      taken <= allowed,
      "\(taken) bytes of memory for files of \(fileByteCount)")
  }

  /// Makes the peak what is taken now.
  private static func resetPeak() -> Int? {
    let file = unsafe open("/proc/self/clear_refs", O_WRONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard unsafe write(file, "5", 1) == 1 else { return nil }
    return kibibytes("VmRSS:")
  }

  private static func kibibytes(_ name: String) -> Int? {
    guard let file = unsafe fopen("/proc/self/status", "r") else { return nil }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while unsafe fgets(&line, 256, file) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
        as: UTF8.self)
      guard text.hasPrefix(name) else { continue }
      return text.split(whereSeparator: \.isWhitespace).dropFirst().first
        .flatMap { Int($0) }
    }
    return nil
  }
}

/// Ends the process where a rule is broken, and says which.
func require(_ isKept: Bool, _ rule: @autoclosure () -> String) {
  guard isKept else { breach(rule()) }
}

/// Ends the process, and says why.
func breach(_ rule: String) -> Never {
  let text = "CheckpointFuzzer: \(rule)\n"
  unsafe _ = write(STDERR_FILENO, text, text.utf8.count)
  exit(1)
}
