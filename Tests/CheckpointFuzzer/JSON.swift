//===--- JSON.swift - what metadata says, as a tree -----------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import Foundation

/// A text in JSON, whose parts can be exchanged.
enum JSON {
  case null
  case bool(Bool)
  /// Any text, so that numbers of any size and form can be written.
  case number(String)
  case string(String)
  case array([JSON])
  case object([Member])

  struct Member {
    var key: String
    var value: JSON
  }

  init(_ text: String) throws {
    self = try JSONDecoder().decode(JSON.self, from: Data(text.utf8))
  }
}

extension JSON: Decodable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    if let keys = try? decoder.container(keyedBy: Key.self) {
      self = .object(
        try keys.allKeys.sorted { $0.stringValue < $1.stringValue }.map {
          Member(
            key: $0.stringValue, value: try keys.decode(JSON.self, forKey: $0))
        })
    } else if var list = try? decoder.unkeyedContainer() {
      var elements: [JSON] = []
      while !list.isAtEnd { elements.append(try list.decode(JSON.self)) }
      self = .array(elements)
    } else {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        self = .null
      } else if let bool = try? value.decode(Bool.self) {
        self = .bool(bool)
      } else if let integer = try? value.decode(Int.self) {
        self = .number("\(integer)")
      } else if let number = try? value.decode(Double.self) {
        self = .number("\(number)")
      } else {
        self = .string(try value.decode(String.self))
      }
    }
  }
}

extension JSON {
  /// The text.
  var text: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let bool): text += "\(bool)"
    case .number(let number): text += number
    case .string(let string): text += Self.quoted(string)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.write(to: &text)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        text += Self.quoted(member.key) + ":"
        member.value.write(to: &text)
      }
      text += "}"
    }
  }

  private static func quoted(_ string: String) -> String {
    var quoted = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case ..<" ":
        let digits = String(scalar.value, radix: 16)
        quoted +=
          "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// The number of nodes, this one included.
  var nodeCount: Int {
    switch self {
    case .null, .bool, .number, .string: 1
    case .array(let elements): elements.reduce(1) { $0 + $1.nodeCount }
    case .object(let members): members.reduce(1) { $0 + $1.value.nodeCount }
    }
  }

  /// A node, counted in the order of the text.
  func node(_ index: Int) -> JSON {
    var found = self
    var copy = self
    copy.change(index) { found = $0 }
    return found
  }

  /// Changes a node, counted in the order of the text.
  mutating func change(_ index: Int, _ body: (inout JSON) -> Void) {
    var rest = index
    change(&rest, body)
  }

  private mutating func change(
    _ rest: inout Int, _ body: (inout JSON) -> Void
  ) {
    if rest == 0 { body(&self) }
    rest -= 1
    guard rest >= 0 else { return }
    switch self {
    case .null, .bool, .number, .string: break
    case .array(var elements):
      for place in elements.indices where rest >= 0 {
        elements[place].change(&rest, body)
      }
      self = .array(elements)
    case .object(var members):
      for place in members.indices where rest >= 0 {
        members[place].value.change(&rest, body)
      }
      self = .object(members)
    }
  }
}
