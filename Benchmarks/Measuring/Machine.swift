//===--- Machine.swift - the machine of the figures -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
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
    cacheByteCounts.values.max() ?? 32 << 20
  }

  /// The bytes of the first processor's caches of data, by "L1", "L2" and so
  /// on; none if the system does not tell.
  static let cacheByteCounts: [String: Int] = {
    var byteCounts: [String: Int] = [:]
    for index in 0..<8 {
      let folder = "/sys/devices/system/cpu/cpu0/cache/index\(index)"
      // "307200K"
      guard let size = number(in: "\(folder)/size"),
        let level = number(in: "\(folder)/level"),
        text(of: "\(folder)/type")?.hasPrefix("Instruction") == false
      else { continue }
      byteCounts["L\(level)"] = size << 10
    }
    return byteCounts
  }()

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

  /// The system, such as "Debian GNU/Linux 12 (bookworm), Linux 6.1.0 x86_64".
  static var system: String {
    let name = text(of: "/etc/os-release")?.split(separator: "\n")
      .first { $0.hasPrefix("PRETTY_NAME=") }
      .map { $0.dropFirst(12).filter { $0 != "\"" } }
    var kernel = utsname()
    guard unsafe uname(&kernel) == 0 else { return name ?? "unknown" }
    let parts = [
      content(kernel.sysname), content(kernel.release),
      content(kernel.machine),
    ]
    return [name, parts.joined(separator: " ")].compactMap(\.self)
      .joined(separator: ", ")
  }

  /// The text in a field of bytes that ends with 0.
  private static func content<Field>(_ field: Field) -> String {
    unsafe withUnsafeBytes(of: field) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
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
