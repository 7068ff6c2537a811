//===--- MeasuredRun.swift - the results of one file ----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation

/// The results of one file.
struct MeasuredRun {
  /// The name in legends; unique in a report.
  var name: String
  let facts: ReportFacts
  var rows: [ReportRow] = []
  var peers: PeerResults?
  var storageErrors: [StorageErrors.Study] = []

  /// A file that is not one of the kinds that a report is made of.
  struct Refusal: Error, CustomStringConvertible {
    let name: String
    let reason: String

    var description: String {
      "\(name) has no results of 'Benchmarks --json', of scripts/compare-peers "
        + "or scripts/storage: \(reason)"
    }
  }

  /// Reads the content of a file.
  ///
  /// - Throws: ``Refusal`` with the name of the file.
  init(_ name: String, _ content: Data) throws(Refusal) {
    self.name = name
    let decoder = JSONDecoder()
    do {
      switch content.first(where: { !" \n\r\t".utf8.contains($0) }) {
      case UInt8(ascii: "["):
        rows = try decoder.decode([ReportRow].self, from: content)
        // All objects of a file have the same facts.
        facts =
          try decoder.decode([ReportFacts].self, from: content).first
          ?? decoder.decode(ReportFacts.self, from: Data("{}".utf8))
      case UInt8(ascii: "{"):
        facts = try decoder.decode(ReportFacts.self, from: content)
        if let errors = try? decoder.decode(StorageErrors.self, from: content) {
          storageErrors = errors.storageErrors
        } else {
          peers = try decoder.decode(PeerResults.self, from: content)
        }
      default:
        throw Refusal(name: name, reason: "it is no JSON")
      }
    } catch let refusal as Refusal {
      throw refusal
    } catch let error as DecodingError {
      throw Refusal(name: name, reason: Self.reason(error))
    } catch {
      throw Refusal(name: name, reason: error.localizedDescription)
    }
    if rows.isEmpty && peers == nil && storageErrors.isEmpty {
      throw Refusal(name: name, reason: "it is empty")
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, _): "an object lacks '\(key.stringValue)'"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "'\(context.codingPath.last?.stringValue ?? "the whole")' is no "
        + "value of its type"
    default: "it is no JSON"
    }
  }
}

extension [MeasuredRun] {
  /// Gives each run a name of its own: the last part of its path without
  /// ".json", and more of the path where that is not enough.
  mutating func shortenNames() {
    func short(_ path: String, _ count: Int) -> String {
      let whole = path.hasSuffix(".json") ? path.dropLast(5) : path[...]
      return whole.split(separator: "/").suffix(count).joined(separator: "/")
    }
    let paths = map(\.name)
    for count in 1...20 {
      let names = paths.map { short($0, count) }
      if Set(names).count == names.count || count == 20 {
        for index in indices { self[index].name = names[index] }
        return
      }
    }
  }
}
