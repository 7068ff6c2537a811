//===--- Plan.swift - which sizes fit, and how long they may take ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

import Numerals

extension Effort {
  /// A rough guess at what a subject takes, to tell how far the run is.
  func seconds(_ subject: Subject) -> Double {
    let millions = Double(subject.count) / 1e6
    let (setUp, times, perMillion) =
      switch subject.scenario {
      case .flat: (0.01, 10, 0.015)
      case .tensors: (0.01, 10, 0.025)
      case .options: (0.1, 64, 0.06)
      case .storage: (0.1, 20, 0.015)
      case .checkpoints: (0.05, 0, 0.06)
      }
    let round = Double(times) * Self.shortestTime + millions * perMillion
    let affordable = max(budget, Double(rounds.lowerBound) * round)
    return millions * setUp + min(affordable, Double(rounds.upperBound) * round)
  }
}

/// The subjects of a run.
struct Plan {
  let effort: Effort
  private(set) var subjects: [Subject] = []
  /// What was left out or shrunk, and why.
  private(set) var notes: [String] = []

  init(
    counts: [Int], tensors: Bool, options: Bool, storage: Bool,
    checkpoints folder: ScratchFolder?, scalars: [ScalarName], effort: Effort,
    availableBytes: Int?
  ) throws {
    self.effort = effort
    let isDefault =
      counts.isEmpty && !tensors && !options && !storage && folder == nil
    // Other scenarios take the counts for themselves.
    let isFlat = !options && !storage && folder == nil
    let flatCounts = isDefault ? effort.counts : isFlat ? counts : []
    let optionCounts = counts.isEmpty ? [Effort.optionCount] : counts
    // The rest stays free for everything else that runs.
    let limit = availableBytes.map { $0 / 10 * 8 } ?? .max
    for scalar in ScalarName.allCases
    where scalars.isEmpty || scalars.contains(scalar) {
      for count in Set(flatCounts).sorted() {
        add(Subject(.flat, scalar, count: count), limit: limit)
      }
      if tensors || isDefault { addTensors(scalar, limit: limit) }
    }
    let fewScalars = ScalarName.allCases.filter {
      scalars.isEmpty ? $0 == .float : scalars.contains($0)
    }
    if options || isDefault {
      for scalar in fewScalars {
        for count in Set(optionCounts).sorted() {
          add(Subject(.options, scalar, count: count), limit: limit)
        }
      }
    }
    if storage || isDefault {
      let counts = counts.isEmpty ? [effort.storageCount] : counts
      for count in Set(counts).sorted() {
        add(Subject(.storage, .float, count: count), limit: limit)
      }
    }
    if let folder {
      for scalar in fewScalars {
        for count in Set(counts.isEmpty ? [effort.checkpointCount] : counts)
          .sorted()
        {
          try addCheckpoints(scalar, count: count, in: folder, limit: limit)
        }
      }
    }
  }

  private mutating func addCheckpoints(
    _ scalar: ScalarName, count: Int, in folder: ScratchFolder, limit: Int
  ) throws {
    var subject = Subject(.checkpoints, scalar, count: count)
    subject.folder = folder.path
    // The file that is read, and one that is written; the rest stays free.
    let room = try folder.availableBytes() / 10 * 8
    guard 2 * subject.stateByteCount <= room else {
      notes.append(
        "Skipped \(subject.title): \(megabytes(2 * subject.stateByteCount)) "
          + "needed, \(megabytes(room)) to use there.")
      return
    }
    if try folder.isMemory() {
      notes.append(
        "\(folder.path) lies in memory: no device is measured. Choose another "
          + "--folder.")
    }
    add(subject, limit: limit)
  }

  private mutating func add(_ subject: Subject, limit: Int) {
    guard subject.byteCount <= limit else {
      notes.append(
        "Skipped \(subject.title): \(megabytes(subject.byteCount)) needed, "
          + "\(megabytes(limit)) to use.")
      return
    }
    subjects.append(subject)
  }

  private mutating func addTensors(_ scalar: ScalarName, limit: Int) {
    let most = limit / Subject.byteCount(scalar, .tensors)
    let whole = Subject(scalar, GPT2.tensors(limit: effort.tensorLimit))
    guard most < whole.count else { return subjects.append(whole) }
    let subject = Subject(scalar, GPT2.tensors(limit: most))
    notes.append(
      "Shrunk to the \(megabytes(limit)) to use: \(subject.title).")
    subjects.append(subject)
  }

}

/// A number of bytes for people.
func megabytes(_ byteCount: Int) -> String {
  "\(grouped(byteCount / 1_000_000)) MB"
}
