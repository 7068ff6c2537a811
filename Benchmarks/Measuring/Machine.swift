//===--- Machine.swift - the machine of the figures -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import COpenBLAS
import Glibc

/// The machine that this process runs on.
enum Machine {
  /// One line about the processor, and the kernels that engines choose on it.
  static func summary(processors: Int) -> String {
    let blas = unsafe openblas_get_corename().map { unsafe String(cString: $0) }
    return [
      processorName() ?? "unknown processor",
      processors == 1 ? "1 processor" : "\(processors) processors",
      "kernels: \(InstructionSet.widest)",
      "OpenBLAS: \(blas ?? "unknown")",
      "release build",
    ].joined(separator: " | ")
  }

  /// The bytes of memory that can be used without pushing anything out; `nil`
  /// if the system does not tell.
  static func availableBytes() -> Int? {
    let system = value("MemAvailable", in: "/proc/meminfo")
      .flatMap { Int($0.prefix { $0.isNumber }) }.map { $0 * 1024 }
    let group = "/sys/fs/cgroup/memory"
    guard let limit = number(in: "\(group).max"),
      let used = number(in: "\(group).current")
    else { return system }
    return min(system ?? .max, max(0, limit - used))
  }

  private static func processorName() -> String? {
    value("model name", in: "/proc/cpuinfo")
  }

  /// The value in the first line "key: value" of a file that begins with the
  /// key.
  private static func value(_ key: String, in path: String) -> String? {
    guard
      let line = text(of: path)?.split(separator: "\n")
        .first(where: { $0.hasPrefix(key) }),
      let colon = line.firstIndex(of: ":")
    else { return nil }
    return String(line[colon...].dropFirst().drop(while: \.isWhitespace))
  }

  private static func number(in path: String) -> Int? {
    text(of: path).flatMap { Int($0.prefix { $0.isNumber }) }
  }

  /// The beginning of a small file.
  private static func text(of path: String) -> String? {
    let file = unsafe open(path, O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return unsafe String(unsafeUninitializedCapacity: 4096) {
      unsafe max(0, read(file, $0.baseAddress, $0.count))
    }
  }
}
