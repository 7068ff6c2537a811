//===--- StructuralMutator.swift - says something else, in the same form --===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import TestSupport

extension RandomNumbers {
  /// Whether something that happens once in `count` times happens now.
  mutating func once(in count: Int) -> Bool {
    Int.random(in: 0..<count, using: &self) == 0
  }
}

/// Changes what a tree says: numbers to those near limits, lists in their order
/// and length, schedules in their depth.
struct StructuralMutator {
  private static let integers: [Int] = [
    0, 1, -1, 2, 3, 7, 8, 255, 256, 257, 300, 1000, 1 << 31, 1 << 32, 1 << 40,
    1 << 47, 1 << 48, 1 << 48 + 1, 1 << 53 - 1, 1 << 53, 1 << 53 + 1, 1 << 61,
    1 << 62, .max - 255, .max - 1, .max, .min, .min + 1,
  ]
  private static let numbers = [
    "0.5", "0.0625", "0.0624", "0.9", "1e-320", "2.3e-308", "2.2e-308",
    "1e308", "1e400", "-1e400", "1e38", "3.4e38", "1e-46", "-0", "-0.0",
    "99999999999999999999", "0.9999999999999999", "1e3", "2.0",
  ]
  private static let strings = [
    "", "inf", "-inf", "nan", "w", "b.0", "/", "..", "a/b", "scalar",
    "bfloat16", "blockInt16", "blockInt8", "blockFloat16", "blockFloat8",
    "split32", "split24", "correction", "standard", "simplified",
    "fromZero", "fromOne", "m1", "m2", "nu", "sum", "residue", "m1.tops",
    "optax", "torch", "e\u{301}", "\u{e9}", "\u{301}", "\0", "index.json",
  ]
  private static let keys = [
    "constant", "polynomial", "cosineDecay", "exponentialDecay",
    "squareRootDecay", "halfLife", "piecewiseConstant", "joined", "mean", "sum",
    "globalNorm", "value", "blockRMS", "propagate", "throw", "skipStep",
    "zeroElements", "storage", "weights", "updateClipping", "accumulation",
    "clipping",
  ]
  private static let depths = [1, 2, 10, 63, 64, 65, 167, 400]

  var random: RandomNumbers

  /// Changes one to five places.
  mutating func mutate(_ tree: inout JSON) {
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      mutateNode(&tree)
      if random.once(in: 3) { return }
    }
  }

  private mutating func mutateNode(_ tree: inout JSON) {
    let count = tree.nodeCount
    let index = Int.random(in: 0..<count, using: &random)
    // Something that stands elsewhere, of the same kind perhaps.
    let other = tree.node(Int.random(in: 0..<count, using: &random))
    var mutator = self
    tree.change(index) { node in
      if mutator.random.once(in: 10) {
        node = mutator.random.once(in: 5) ? .null : other
      } else {
        mutator.mutate(&node, other)
      }
    }
    self = mutator
  }

  private mutating func mutate(_ node: inout JSON, _ other: JSON) {
    switch node {
    case .null: node = other
    case .bool(let bool): node = .bool(!bool)
    case .number(let text): node = number(text)
    case .string: node = .string(random.one(of: Self.strings))
    case .array(let elements): node = .array(mutated(elements, other))
    case .object(let members):
      // A schedule, or something else within one.
      if members.count == 1, random.once(in: 2) {
        node = joined(node, depth: random.one(of: Self.depths))
      } else {
        node = .object(mutated(members, other))
      }
    }
  }

  private mutating func number(_ text: String) -> JSON {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return .number(random.one(of: Self.numbers))
    case 1: return .string(random.one(of: ["nan", "inf", "-inf"]))
    case 2:
      guard let integer = Int(text) else { return .number("0") }
      return .number("\(integer &+ random.one(of: [-1, 1, integer]))")
    default: return .number("\(random.one(of: Self.integers))")
    }
  }

  private mutating func mutated(_ elements: [JSON], _ other: JSON) -> [JSON] {
    var elements = elements
    guard !elements.isEmpty else { return [other] }
    let place = Int.random(in: 0..<elements.count, using: &random)
    switch Int.random(in: 0..<7, using: &random) {
    case 0: elements.remove(at: place)
    case 1: elements.insert(elements[place], at: place)
    case 2: elements.swapAt(place, elements.count - 1)
    case 3: elements.insert(other, at: place)
    case 4: elements.removeAll()
    case 5:
      // Up to a text of a MiB, so that there are many inputs.
      let most = 1 << 20 / (elements[place].text.utf8.count + 1)
      elements += Array(
        repeating: elements[place],
        count: min(most, random.one(of: [10, 300, 100_000])))
    default: elements.reverse()
    }
    return elements
  }

  private mutating func mutated(
    _ members: [JSON.Member], _ other: JSON
  ) -> [JSON.Member] {
    var members = members
    guard !members.isEmpty else {
      return [JSON.Member(key: random.one(of: Self.keys), value: other)]
    }
    let place = Int.random(in: 0..<members.count, using: &random)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: members.remove(at: place)
    case 1: members[place].key = random.one(of: Self.keys)
    case 2:
      members.append(
        JSON.Member(key: random.one(of: Self.keys), value: other))
    default:
      members.append(JSON.Member(key: members[place].key, value: other))
    }
    return members
  }

  /// A schedule within others.
  private func joined(_ schedule: JSON, depth: Int) -> JSON {
    var schedule = schedule
    for _ in 0..<depth {
      let joined = JSON.object([
        JSON.Member(key: "boundaries", value: .array([])),
        JSON.Member(key: "schedules", value: .array([schedule])),
      ])
      schedule = .object([JSON.Member(key: "joined", value: joined)])
    }
    return schedule
  }
}
