//===--- Plan.swift - which sizes fit, and how long they may take ---------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// How thoroughly to measure.
enum Effort {
  case quick, full

  var counts: [Int] {
    switch self {
    case .quick: [1_000, 16_000, 1_000_000, 8_000_000]
    case .full: [1_000, 16_000, 1_000_000, 8_000_000, 32_000_000]
    }
  }

  /// The most elements of the tensor list.
  var tensorLimit: Int {
    switch self {
    case .quick: 8_000_000
    case .full: .max
    }
  }

  /// The seconds that the rounds of one subject take, within what ``rounds``
  /// allows.
  var budget: Double {
    switch self {
    case .quick: 1.2
    case .full: 8
    }
  }

  var rounds: ClosedRange<Int> {
    switch self {
    case .quick: 3...21
    case .full: 7...101
    }
  }

  /// The seconds that one time takes at least, far above the clock's resolution.
  ///
  /// Many short times serve better than few long ones: fewer are interrupted.
  static let shortestTime = 0.003

  /// A rough guess at what a subject takes, to tell how far the run is.
  func seconds(_ subject: Subject) -> Double {
    let millions = Double(subject.count) / 1e6
    let setUp = 0.01 * millions
    let round =
      10 * Self.shortestTime
      + millions * (subject.scenario == .flat ? 0.015 : 0.025)
    let affordable = max(budget, Double(rounds.lowerBound) * round)
    return setUp + min(affordable, Double(rounds.upperBound) * round)
  }
}

/// The subjects of a run.
struct Plan {
  let effort: Effort
  private(set) var subjects: [Subject] = []
  /// What was left out or shrunk, and why.
  private(set) var notes: [String] = []

  init(
    counts: [Int], tensors: Bool, scalars: [ScalarName], effort: Effort,
    availableBytes: Int?
  ) {
    self.effort = effort
    let isDefault = counts.isEmpty && !tensors
    let counts = isDefault ? effort.counts : counts
    // The rest stays free for everything else that runs.
    let limit = availableBytes.map { $0 / 10 * 8 } ?? .max
    for scalar in ScalarName.allCases
    where scalars.isEmpty || scalars.contains(scalar) {
      for count in Set(counts).sorted() {
        add(Subject(scalar, count: count), limit: limit)
      }
      if tensors || isDefault { addTensors(scalar, limit: limit) }
    }
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

  private func megabytes(_ byteCount: Int) -> String {
    "\(grouped(byteCount / 1_000_000)) MB"
  }
}
