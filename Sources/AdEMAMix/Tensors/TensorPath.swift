//===--- TensorPath.swift - the way to a tensor in a tree -----------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The names and indices that lead to a tensor of a tree, such as
/// "layers.0.weight".
struct TensorPath {
  private enum Part {
    case name(String)
    case index(Int)

    var text: String {
      switch self {
      case .name(let name): name
      case .index(let index): String(index)
      }
    }
  }

  /// Kept in parts, so that a step compares names without writing them down.
  private var parts: [Part] = []
  /// The number of names, without indices.
  private var nameCount = 0

  /// Whether the tree itself is the tensor.
  var isEmpty: Bool { parts.isEmpty }

  /// Whether some member was shown by a name.
  var isNamed: Bool { nameCount > 0 }

  /// The names and indices, with points between them.
  var name: String { parts.map(\.text).joined(separator: ".") }

  /// Whether ``name`` has the same bytes, or those behind a prefix and a point.
  func isEqual(to name: String, after prefix: String? = nil) -> Bool {
    var rest = name.utf8[...]
    if let prefix {
      guard rest.starts(with: prefix.utf8) else { return false }
      rest = rest.dropFirst(prefix.utf8.count)
      if rest.popFirst() != UInt8(ascii: ".") { return false }
    }
    for index in parts.indices {
      if index > 0, rest.popFirst() != UInt8(ascii: ".") { return false }
      let text = parts[index].text.utf8
      guard rest.starts(with: text) else { return false }
      rest = rest.dropFirst(text.count)
    }
    return rest.isEmpty
  }

  mutating func enter(_ name: String) {
    parts.append(.name(name))
    nameCount += 1
  }

  mutating func enter(_ index: Int) {
    parts.append(.index(index))
  }

  mutating func leave() {
    if case .name = parts.removeLast() { nameCount -= 1 }
  }
}
