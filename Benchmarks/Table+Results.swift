//===--- Table+Results.swift - the columns of each scenario ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Foundation

extension Table {
  /// The results of one subject.
  init(_ subject: Subject, _ results: [Result]) {
    switch subject.scenario {
    case .flat, .tensors: self.init(engines: results, of: subject)
    case .options: self.init(options: results, of: subject)
    case .storage: self.init(storage: results, of: subject)
    case .checkpoints: self.init(transfers: results, of: subject)
    }
  }

  private init(engines results: [Result], of subject: Subject) {
    let isTensors = subject.scenario == .tensors
    title = subject.title
    header =
      [
        "", "threads", "ns/param", "best", "GB/s", "x naive", "x ceiling",
      ] + (isTensors ? ["x flat"] : [])
    groups = results.grouped { $0.threads == $1.threads }.map { group in
      group.map { result in
        let isCounterpart = isTensors && result.scenario == .flat
        return [
          (result.engine?.rawValue ?? "") + (isCounterpart ? ", flat" : ""),
          String(result.threads), number(result.nanosecondsPerParameter, 3),
          number(result.nanosecondsPerParameterMinimum, 3),
          number(result.gigabytesPerSecond, 1),
          number(result.speedupOverNaive, 2),
          number(result.ratioToCeiling, 2),
          number(ratioToFlat(result, in: group), 2),
        ]
      }
    }
  }

  private init(options results: [Result], of subject: Subject) {
    title = subject.title
    header = ["", "engine", "threads", "ns/param", "best", "x plain"]
    groups = results.grouped {
      $0.threads == $1.threads && $0.engine == $1.engine
    }.map { group in
      group.map { result in
        [
          result.option ?? "", result.engine?.rawValue ?? "",
          String(result.threads),
          number(result.nanosecondsPerParameter, 3),
          number(result.nanosecondsPerParameterMinimum, 3),
          number(result.ratioToPlain, 2),
        ]
      }
    }
  }

  private init(storage results: [Result], of subject: Subject) {
    title = subject.title
    header = [
      "", "threads", "B state", "ns/param", "best", "x ceiling", "x Float",
    ]
    groups = results.grouped { $0.threads == $1.threads }.map { group in
      group.map { result in
        [
          result.storage ?? result.engine?.rawValue ?? "",
          String(result.threads), number(result.stateBytesPerParameter, 2),
          number(result.nanosecondsPerParameter, 3),
          number(result.nanosecondsPerParameterMinimum, 3),
          number(result.ratioToCeiling, 2), number(result.ratioToFloat, 2),
        ]
      }
    }
  }

  private init(transfers results: [Result], of subject: Subject) {
    title = subject.title
    header = ["", "threads", "ms", "best", "GB/s", "of plain"]
    let milliseconds = Double(subject.count) / 1e6
    groups = results.grouped { $0.transfer?.plain == $1.transfer?.plain }
      .map { group in
        group.map { result in
          [
            result.transfer?.rawValue ?? "", String(result.threads),
            number(result.nanosecondsPerParameter * milliseconds, 1),
            number(result.nanosecondsPerParameterMinimum * milliseconds, 1),
            number(result.gigabytesPerSecond, 2),
            number(result.speedOfPlain, 2),
          ]
        }
      }
  }
}

/// The time of a list of tensors over that of one buffer of the same total.
private func ratioToFlat(_ result: Result, in results: [Result]) -> Double? {
  guard result.scenario == .tensors else { return nil }
  let flat = results.first {
    $0.scenario == .flat && $0.engine == result.engine
  }
  return flat.map {
    result.nanosecondsPerParameter / $0.nanosecondsPerParameter
  }
}

private func number(_ value: Double?, _ digits: Int) -> String {
  value.map { String(format: "%.\(digits)f", $0) } ?? ""
}
