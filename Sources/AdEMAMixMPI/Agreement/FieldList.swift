//===--- FieldList.swift - the fields of a value, by their names ----------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
/// The fields of a value and what they have, in order: what two ranks compare,
/// so that a difference has a name.
struct FieldList: Sendable, Hashable {
  /// A field that has no others inside.
  struct Field: Sendable, Hashable {
    let name: String
    let value: String
  }

  private(set) var fields: [Field] = []

  /// The fields of a value.
  ///
  /// - Complexity: O(number of fields).
  init(of value: Any) { add(value, name: "") }

  private mutating func add(_ value: Any, name: String) {
    let mirror = Mirror(reflecting: value)
    if mirror.children.isEmpty {
      let isEmptyList = mirror.displayStyle == .collection
      fields.append(
        Field(name: name, value: isEmptyList ? "[]" : "\(value)"))
      return
    }
    let isList = mirror.displayStyle == .collection
    for (index, child) in mirror.children.enumerated() {
      if isList {
        add(
          child.value,
          name: "\(name)[\(label(of: child.value) ?? "\(index)")]")
      } else {
        let label = child.label ?? "\(index)"
        add(child.value, name: name.isEmpty ? label : "\(name).\(label)")
      }
    }
  }

  /// How an element of a list is called, if it has a name.
  private func label(of element: Any) -> String? {
    let children = Mirror(reflecting: element).children
    let name = children.first { $0.label == "name" }?.value as? String
    return name.map { "'\($0)'" }
  }

  /// The value of the first field of a name.
  subscript(name: String) -> String? {
    fields.first { $0.name == name }?.value
  }

  /// The first field in which two lists differ.
  func difference(
    from expected: FieldList, rank: Int
  ) -> Disagreement? {
    for (own, other) in zip(fields, expected.fields) where own != other {
      // A field that only one of them has moves the others.
      return Disagreement(
        rank: rank, field: other.name, value: self[other.name],
        expected: other.value)
    }
    if fields.count == expected.fields.count { return nil }
    let isLonger = fields.count > expected.fields.count
    let first =
      isLonger ? fields[expected.fields.count] : expected.fields[fields.count]
    return Disagreement(
      rank: rank, field: first.name, value: isLonger ? first.value : nil,
      expected: isLonger ? nil : first.value)
  }

  /// Lines of text, for another rank to read.
  var encoded: [UInt8] {
    Array(
      fields.flatMap { [$0.name, $0.value] }.joined(separator: "\0").utf8)
  }

  /// Reads what ``encoded`` gave.
  init(decoding bytes: [UInt8]) {
    let texts = bytes.split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    for index in stride(from: 0, to: texts.count - 1, by: 2) {
      fields.append(Field(name: texts[index], value: texts[index + 1]))
    }
  }

  /// A number that differs where the fields do, but for one chance in 2^64
  /// (FNV-1a), the same in all processes.
  var digest: UInt64 {
    encoded.reduce(0xcbf2_9ce4_8422_2325) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
  }
}

#endif
