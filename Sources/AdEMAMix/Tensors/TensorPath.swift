//===--- TensorPath.swift - the way to a tensor in a tree -----------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

/// The names and indices that lead to a tensor of a tree, such as
/// "layers.0.weight".
struct TensorPath {
  /// The path, in bytes that are kept from one tensor to the next: a step
  /// compares names without memory of their own.
  private var bytes: [UInt8] = []
  /// The number of names, without indices.
  private var nameCount = 0
  private var depth = 0

  /// A place on the way, to return to.
  struct Place {
    fileprivate let byteCount: Int
    fileprivate let nameCount: Int
    fileprivate let depth: Int
  }

  /// Whether the tree itself is the tensor.
  var isEmpty: Bool { depth == 0 }

  /// Whether some member was shown by a name.
  var isNamed: Bool { nameCount > 0 }

  /// The names and indices, with points between them.
  var name: String { String(decoding: bytes, as: UTF8.self) }

  func isEqual(to name: String) -> Bool {
    bytes.elementsEqual(name.utf8)
  }

  mutating func enter(_ name: String) -> Place {
    defer { nameCount += 1 }
    return append(name.utf8)
  }

  mutating func enter(_ index: Int) -> Place {
    append(String(index).utf8)
  }

  private mutating func append(_ part: String.UTF8View) -> Place {
    let place = Place(
      byteCount: bytes.count, nameCount: nameCount, depth: depth)
    if depth > 0 { bytes.append(UInt8(ascii: ".")) }
    bytes.append(contentsOf: part)
    depth += 1
    return place
  }

  mutating func leave(to place: Place) {
    bytes.removeLast(bytes.count - place.byteCount)
    nameCount = place.nameCount
    depth = place.depth
  }
}
