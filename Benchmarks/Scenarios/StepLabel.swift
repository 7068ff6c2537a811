//===--- StepLabel.swift - the name of a step that is timed ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix

/// Names a step of an engine in one of the variants that a scenario compares,
/// or the ceiling.
struct StepLabel<Variant>: Hashable, CustomStringConvertible
where Variant: Hashable & RawRepresentable<String> {
  let variant: Variant
  let engine: EngineName
  let threads: Int
  /// The instructions of the C loops. The plain loop in Swift has none.
  let instructionSet: InstructionSet

  init(
    _ variant: Variant, _ engine: EngineName, threads: Int,
    _ instructionSet: InstructionSet = .widest
  ) {
    self.variant = variant
    self.engine = engine
    self.threads = threads
    self.instructionSet = instructionSet
  }

  var description: String {
    "\(engine.rawValue)\(instructionSet.suffix), \(variant.rawValue), \(threads) "
      + (threads == 1 ? "thread" : "threads")
  }
}

extension Scenario {
  /// Both forms of the ceiling, with one label for each number of threads.
  func ceiling<Scalar: CeilingScalar, Variant>(
    _ variant: Variant, _: Scalar.Type, threads: [Int]
  ) throws -> [Contestant<Label>] where Label == StepLabel<Variant> {
    let ceiling = try MemoryCeiling<Scalar>(count: count)
    return threads.flatMap { threads in
      [false, true].map { prefetching in
        Contestant(label: Label(variant, .ceiling, threads: threads)) {
          ceiling.run(prefetching: prefetching, threads: threads, steps: $0)
        }
      }
    }
  }
}
