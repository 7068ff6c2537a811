//===--- ReportSection.swift - a part of the page -------------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// A heading, a text, and pictures.
struct ReportSection {
  /// The name in links.
  let name: String
  let title: String
  /// Sentences that say how to read the pictures.
  let text: String
  /// The pictures as SVG.
  let pictures: [String]
}
