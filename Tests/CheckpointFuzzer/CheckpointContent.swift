//===--- CheckpointContent.swift - a file as a value, to be changed -------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

import AdEMAMix
import AdEMAMixCheckpoints
import SafeTensors
import TestSupport

/// The metadata and tensors of a checkpoint's file.
struct CheckpointContent {
  struct Tensor {
    var type: TensorElementType
    var shape: [Int]
    var bytes: [UInt8]
  }

  private static let record = "ademamix.optimizer"
  private static let average = "ademamix.average"
  private static let scalar = "ademamix.scalar"

  var metadata: Metadata
  var tensors: [String: Tensor] = [:]

  init(_ path: String) throws {
    let file = try SafeTensorsReader(path: path)
    metadata = file.metadata
    for tensor in file.tensors {
      var bytes = [UInt8](repeating: 0, count: try tensor.byteCount())
      var span = bytes.mutableSpan
      try unsafe file.read(tensor.name, into: span.mutableBytes)
      tensors[tensor.name] = Tensor(
        type: tensor.elementType, shape: tensor.shape, bytes: bytes)
    }
  }

  /// Writes a file whose checksums are right.
  ///
  /// - Throws: An error if no file can have such tensors.
  func write(to path: String) throws {
    var file = try SafeTensorsWriter(
      path: path,
      tensors: tensors.map {
        TensorDescription($0.key, $0.value.type, shape: $0.value.shape)
      }, metadata: metadata)
    for (name, tensor) in tensors {
      try unsafe file.append(tensor.bytes.span.bytes, to: name)
    }
    try file.finish()
  }
}

extension CheckpointContent {
  /// Changes what the file says, and mostly makes the rest of it fit. A file
  /// whose shard is kept stays one of the same elements if that can be.
  mutating func mutate(
    _ random: inout RandomNumbers, keepingShard: Bool = false
  ) {
    switch Int.random(in: 0..<12, using: &random) {
    case 0: mutateBytes(&random)
    case 1: mutateTensors(&random)
    case 2: mutateKeys(&random)
    case 3: mutateJSON(Self.average, &random)
    default: mutateJSON(Self.record, &random)
    }
    if !random.once(in: 4) { repair(&random, keepingShard) }
  }

  /// Changes bytes of a text of the metadata.
  private mutating func mutateBytes(_ random: inout RandomNumbers) {
    let key = random.one(of: metadata.map(\.key))
    var bytes = Array((metadata[key] ?? "").utf8)
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      let byte = UInt8.random(in: 0x20..<0x7f, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: bytes.insert(byte, at: place)
      case 1 where place < bytes.count: bytes[place] = byte
      default: if place < bytes.count { bytes.remove(at: place) }
      }
    }
    metadata[key] = String(decoding: bytes, as: UTF8.self)
  }

  /// Changes names, shapes, types and elements.
  private mutating func mutateTensors(_ random: inout RandomNumbers) {
    guard !tensors.isEmpty else { return }
    let names = tensors.keys.sorted()
    let name = random.one(of: names)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: tensors[name] = nil
    case 1: tensors[name + "\u{301}"] = tensors[name]
    case 2: tensors[name]?.shape.append(random.one(of: [0, 1, 1 << 40]))
    default:
      // As it may come of any run: infinities, NaN, negative numbers.
      let bytes = tensors[name]?.bytes ?? []
      tensors[name]?.bytes = bytes.map { _ in
        random.once(in: 3) ? UInt8.random(in: 0...255, using: &random) : 0
      }
    }
  }

  private mutating func mutateKeys(_ random: inout RandomNumbers) {
    let key = random.one(of: metadata.map(\.key))
    switch Int.random(in: 0..<4, using: &random) {
    case 0: metadata[key] = nil
    case 1:
      metadata["ademamix.engine"] = random.one(
        of: ["blas", "fused", "reference", ""])
    case 2:
      metadata["ademamix.version"] = random.one(of: ["1", "2", "3", "4", "x"])
    default: metadata[Self.scalar] = random.one(of: ["F32", "F64", "BF16"])
    }
  }

  private mutating func mutateJSON(
    _ key: String, _ random: inout RandomNumbers
  ) {
    guard let text = metadata[key], var tree = try? JSON(text) else { return }
    var mutator = StructuralMutator(random: random)
    mutator.mutate(&tree)
    random = mutator.random
    metadata[key] = tree.text
  }
}

extension CheckpointContent {
  /// Gives the file the tensors that its record asks for, as far as they are
  /// small, so that what lies behind that check is reached.
  private mutating func repair(
    _ random: inout RandomNumbers, _ keepsShard: Bool
  ) {
    guard let record = try? repairedRecord() else { return }
    let layout = record.layout
    var shard = record.shard
    if shard.isEmpty || !keepsShard && random.once(in: 2) {
      shard = 0..<layout.count
      setShard(shard)
    }
    let scalar =
      TensorElementType(rawValue: metadata[Self.scalar] ?? "") ?? .float32
    let hasParameters = tensors.keys.contains { $0.hasPrefix("parameter/") }
    var fitting: [String: Tensor] = [:]
    for tensor in layout.tensors {
      let owned = tensor.range.clamped(to: shard)
      if owned.isEmpty && !tensor.range.isEmpty { continue }
      let shape = owned == tensor.range ? tensor.shape : [owned.count]
      // Of more there is nothing, as of a frozen group.
      guard owned.count <= 1 << 16 else { continue }
      var wanted: [(name: String, type: TensorElementType, shape: [Int])] = []
      if hasParameters {
        wanted.append(("parameter/\(tensor.name)", scalar, shape))
      }
      if metadata[Self.average] != nil {
        wanted.append(("average/\(tensor.name)", scalar, shape))
      }
      if !owned.isEmpty {
        for stored in record.stateTensors(ofGroup: tensor.group, shape: shape) {
          wanted.append(
            (
              "\(stored.buffer.word)/\(tensor.name)",
              stored.type.scalarType(of: scalar), stored.shape
            ))
        }
      }
      for (name, type, shape) in wanted {
        fitting[name] = Tensor(
          type: type, shape: shape,
          bytes: resized(
            tensors[name]?.bytes ?? [],
            to: shape.reduce(type.bitCount / 8, *)))
      }
    }
    tensors = fitting
  }

  private func resized(_ bytes: [UInt8], to count: Int) -> [UInt8] {
    (0..<count).map { bytes.isEmpty ? 0 : bytes[$0 % bytes.count] }
  }

  /// The record, with the whole as its shard where it has none.
  private mutating func repairedRecord()
    throws(CheckpointError) -> OptimizerRecord
  {
    func record() throws(CheckpointError) -> OptimizerRecord {
      try OptimizerRecord(
        json: Array((metadata[Self.record] ?? "").utf8)[...], key: Self.record)
    }
    do throws(CheckpointError) {
      return try record()
    } catch {
      guard let count = Self.elementCount(in: error) else { throw error }
      setShard(0..<count)
      return try record()
    }
  }

  /// The number of elements of the layout in an error about the bounds of a
  /// shard, or `nil` for another error.
  private static func elementCount(in error: CheckpointError) -> Int? {
    guard error.description.hasPrefix("the checkpoint's shard is "),
      let last = error.description.split(separator: " ").last
    else { return nil }
    return Int(last)
  }

  /// Makes the record that of another shard, as it stands in the text.
  private mutating func setShard(_ shard: Range<Int>) {
    guard let text = metadata[Self.record], let tree = try? JSON(text),
      case .object(var members) = tree
    else { return }
    for place in members.indices where members[place].key == "shard" {
      members[place].value = .array([
        .number("\(shard.lowerBound)"), .number("\(shard.upperBound)"),
      ])
    }
    metadata[Self.record] = JSON.object(members).text
  }
}
