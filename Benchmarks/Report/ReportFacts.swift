//===--- ReportFacts.swift - the circumstances of an earlier run ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Numerals

/// The circumstances that the files of all kinds hold. Files of earlier
/// versions lack some of them.
struct ReportFacts: Decodable {
  let machine: String?
  let processors: Int?
  let date: String?
  let swiftCompiler: String?
  let cCompiler: String?
  let openBLASVersion: String?
  let openBLASCore: String?
  let cacheByteCounts: [String: Int]?
  let gap: Gap?
  let gapMilliseconds: Double?
  let versions: [String: String]?

  struct Gap: Decodable {
    let milliseconds: Double
  }

  /// Sentences without a period, such as "2 processors".
  var texts: [String] {
    let openBLAS = openBLASVersion.map {
      "OpenBLAS \($0)" + (openBLASCore.map { ", \($0)" } ?? "")
    }
    let milliseconds = gap?.milliseconds ?? gapMilliseconds
    let texts = [
      machine, processors.map { "\($0) processors" }, cacheText,
      swiftCompiler.map { $0.hasPrefix("Swift") ? $0 : "Swift \($0)" },
      cCompiler, openBLAS,
      milliseconds.map { "\($0.text(significant: 4)) ms between two steps" },
    ]
    return texts.compactMap(\.self) + (versions?.values.sorted() ?? [])
  }

  private var cacheText: String? {
    guard let cacheByteCounts, !cacheByteCounts.isEmpty else { return nil }
    return "caches of "
      + cacheByteCounts.sorted { $0.key < $1.key }.map { name, byteCount in
        "\(grouped(byteCount >> 10)) KiB (\(name))"
      }.joined(separator: ", ")
  }
}
