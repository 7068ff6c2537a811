//===--- Machine.swift - the machine of the figures -----------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import Foundation

/// The machine that this process runs on.
enum Machine {
  /// Lines about the processor, and the kernels that engines choose on it.
  static func summary(processors: Int) -> String {
    let processors =
      processors == 1 ? "1 processor" : "\(processors) processors"
    return """
      \(processorName) | \(processors)
      kernels: \(InstructionSet.widest) | \(BLASBuild.current) | release build
      """
  }

  /// The bytes of the largest cache; 32 MiB if the system does not tell.
  static func lastCacheByteCount() -> Int {
    // "307200K", for the caches of the first processor.
    let folder = "/sys/devices/system/cpu/cpu0/cache"
    let sizes = (0..<8).compactMap { number(in: "\(folder)/index\($0)/size") }
    return (sizes.max() ?? 32 << 10) << 10
  }

  /// The compiler that has built this program, from its debug information;
  /// "unknown" if that was stripped.
  static let swiftCompiler: String = {
    // "Swift version 6.3.1 (swift-6.3.1-RELEASE)"
    let start = Data("Swift version ".utf8)
    guard
      let program = try? Data(
        contentsOf: URL(filePath: "/proc/self/exe"), options: .mappedIfSafe)
    else { return "unknown" }
    var rest = program[...]
    while let found = rest.range(of: start) {
      rest = rest[found.upperBound...]
      let version = rest.prefix(80).prefix { $0 != 0 }
      // The text in this function is followed by no digit.
      if version.first.map({ Character(Unicode.Scalar($0)).isNumber }) == true {
        return String(decoding: version, as: UTF8.self)
      }
    }
    return "unknown"
  }()

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

  /// The name of the processor.
  static let processorName =
    value("model name", in: "/proc/cpuinfo") ?? "unknown processor"

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
