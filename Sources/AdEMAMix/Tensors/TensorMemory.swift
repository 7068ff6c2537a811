//===--- TensorMemory.swift - the memory of one tensor --------------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

/// The memory of one tensor, or of all of them in one buffer.
@safe enum TensorMemory<Element: TensorElement> {
  /// Memory that has been taken out, or lent.
  case none
  case array([Element])
  case number(Element)
  case buffer(UnsafeMutableBufferPointer<Element>)
  /// Memory that must not be changed.
  case readOnly(UnsafeBufferPointer<Element>)

  /// The number of elements.
  var count: Int {
    switch self {
    case .none: 0
    case .array(let elements): elements.count
    case .number: 1
    case .buffer(let elements): elements.count
    case .readOnly(let elements): elements.count
    }
  }

  /// The elements behind a pointer, which others may own or write to.
  var pointer: UnsafeMutableBufferPointer<Element>? {
    switch self {
    case .none, .array, .number: nil
    case .buffer(let elements): unsafe elements
    case .readOnly(let elements):
      unsafe UnsafeMutableBufferPointer(mutating: elements)
    }
  }

  /// Whether the elements lie behind a pointer.
  var isPointer: Bool {
    switch self {
    case .none, .array, .number: false
    case .buffer, .readOnly: true
    }
  }

  /// Whether the memory must not be changed.
  var isReadOnly: Bool {
    if case .readOnly = self { true } else { false }
  }

  /// Lends the elements, to be changed.
  mutating func lend<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // Taken out, or an array would have two owners, and be copied.
    switch exchange(&self, with: .none) {
    case .none: return try unsafe body(.init(start: nil, count: 0))
    case .array(var elements):
      defer { self = .array(elements) }
      return try unsafe elements.withUnsafeMutableBufferPointer {
        (elements) throws(Failure) in try unsafe body(elements)
      }
    case .number(var element):
      defer { self = .number(element) }
      return try unsafe withUnsafeMutablePointer(to: &element) {
        (element) throws(Failure) in
        try unsafe body(.init(start: element, count: 1))
      }
    case .buffer(let elements):
      defer { self = unsafe .buffer(elements) }
      return try unsafe body(elements)
    case .readOnly(let elements):
      defer { self = unsafe .readOnly(elements) }
      return try unsafe body(UnsafeMutableBufferPointer(mutating: elements))
    }
  }

  /// Lends the elements, to be read.
  func read<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    switch self {
    case .none: try unsafe body(.init(start: nil, count: 0))
    case .array(let elements):
      try unsafe elements.withUnsafeBufferPointer(body)
    case .number(let element):
      try unsafe withUnsafePointer(to: element) {
        (element) throws(Failure) in
        try unsafe body(.init(start: element, count: 1))
      }
    case .buffer(let elements): try unsafe body(UnsafeBufferPointer(elements))
    case .readOnly(let elements): try unsafe body(elements)
    }
  }
}
