//===--- FieldList.swift - the fields of a value, by their names ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix

/// The stored properties of a value, down to the innermost, as pairs of texts:
/// ranks compare two lists, and name the first field in which the lists differ.
///
/// `Mirror` finds the properties at run time, so a new property of an option
/// or a group is compared without a line of code here. An element of a list is
/// named by its property `name` if it has one, and by its index otherwise:
/// `groups['biases'].tensors[0].shape[1]`. A value without properties, such as
/// a number, a string or a case without a payload, is the text that string
/// interpolation gives.
///
/// The list has limits:
///
/// * Two values are the same if their texts have the same bytes: 0 and -0
///   differ, and a NaN equals itself. The text of an object may be the name of
///   its class alone.
/// * Stored properties are compared, computed properties are not. A type with a
///   `customMirror` shows no more than that mirror has.
/// * The order of properties counts. Sets and dictionaries have no order that
///   two processes share, and so values that contain either cannot be compared.
/// * Texts depend on the version of the library, in which a property may have
///   another name. The first field of the lists of ranks is a version.
/// * A zero byte in a text becomes `\0`, since zero bytes separate the texts in
///   ``encoded``. A text with a zero byte is the same as a text with `\0`.
/// * `Mirror` is slow. Lists are made when an optimizer is made or has changed,
///   and not at each step.
struct FieldList: Sendable, Equatable {
  /// A property that has no properties of its own.
  struct Field: Sendable, Equatable {
    let name: String
    let value: String

    static func == (one: Field, other: Field) -> Bool {
      one.name.hasSameBytes(as: other.name)
        && one.value.hasSameBytes(as: other.value)
    }
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
      let text = isEmptyList ? "[]" : "\(value)"
      fields.append(
        Field(
          name: name.replacing("\0", with: "\\0"),
          value: text.replacing("\0", with: "\\0")))
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

  /// The quoted name of a list's element, if the element has a property `name`.
  private func label(of element: Any) -> String? {
    let children = Mirror(reflecting: element).children
    let name = children.first { $0.label == "name" }?.value as? String
    return name.map { "'\($0)'" }
  }

  /// The value of the first field with a name, if there is one.
  ///
  /// - Complexity: O(number of fields).
  subscript(name: String) -> String? {
    fields.first { $0.name == name }?.value
  }

  /// The first field in which this list differs from another one.
  ///
  /// - Parameters:
  ///   - expected: The list of rank 0.
  ///   - rank: The rank that has this list.
  /// - Returns: The difference, or `nil` for two lists that are the same.
  /// - Complexity: O(number of fields).
  func difference(
    from expected: FieldList, rank: Int
  ) -> Disagreement? {
    for (own, other) in zip(fields, expected.fields) where own != other {
      // A field that only one of the two lists has moves all later fields.
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

  /// The names and values in turn, each followed by a zero byte but for the
  /// last one: a text for another rank to read.
  var encoded: [UInt8] {
    Array(
      fields.flatMap { [$0.name, $0.value] }.joined(separator: "\0").utf8)
  }

  /// Reads the text that ``encoded`` gave on another rank.
  init(decoding bytes: [UInt8]) {
    let texts = bytes.split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    for index in stride(from: 0, to: texts.count - 1, by: 2) {
      fields.append(Field(name: texts[index], value: texts[index + 1]))
    }
  }

  /// A number that is the same in all processes for the same fields, and
  /// differs for other fields, except for a chance of one in 2^64.
  var digest: UInt64 {
    var digest = Digest()
    for byte in encoded { digest.add(UInt64(byte)) }
    return digest.value
  }
}

#endif
