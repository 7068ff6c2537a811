//===--- AdEMAMix+Write.swift - a checkpoint, tensor by tensor ------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

extension AdEMAMix {
  /// Writes a file: parameters, averages, moments.
  func write<Element: ParameterElement>(
    _ path: String, _ parameters: [Element]?,
    average: StoredAverage<Scalar>?, _ metadata: [String: String]
  ) throws(CheckpointError) where Element.Scalar == Scalar {
    let scalarType = Scalar.scalarType
    if let parameters { try Element.check(parameters, layout, shard) }
    try unsafe average?.check(count: shard.count)
    try CheckpointError.wrapping { () throws(AdEMAMixError) in
      try checkRecord()
    }
    let parameterPieces =
      parameters == nil ? [] : layout.pieces(of: shard, .parameter, scalarType)
    let averagePieces =
      unsafe average == nil
      ? [] : layout.pieces(of: shard, .average, scalarType)
    let statePieces = statePieces
    func description(_ piece: StatePiece) -> TensorDescription {
      piece.stored.description(
        of: layout.tensors[piece.tensor].name, Scalar.self)
    }
    let header = CheckpointHeader(
      scalarType: scalarType, record: record,
      average: unsafe average?.record, metadata: metadata)
    let encoded = try header.encoded()

    do throws(SafeTensorsError) {
      var file = try SafeTensorsWriter(
        path: path,
        tensors: parameterPieces.map(\.description)
          + averagePieces.map(\.description)
          + statePieces.map(description),
        metadata: encoded)
      for piece in parameterPieces {
        try unsafe Element._read(
          parameters ?? [], tensor: piece.tensor, range: piece.range
        ) { elements throws(SafeTensorsError) in
          try unsafe file.append(elements, to: piece.description.name)
        }
      }
      for piece in averagePieces {
        guard let average = unsafe average else { break }
        try unsafe file.append(
          UnsafeBufferPointer(rebasing: average.elements[piece.range]),
          to: piece.description.name)
      }
      for piece in statePieces {
        try unsafe file.append(
          UnsafeRawBufferPointer(piece.bytes).bytes,
          to: description(piece).name)
      }
      try file.finish()
    } catch {
      throw .file(error)
    }
  }
}

/// An average while a file is written. Valid while the average is neither
/// changed nor destroyed.
@unsafe struct StoredAverage<Scalar: OptimizerScalar> {
  let record: AverageRecord
  let isSwappedIn: Bool
  let elements: UnsafeMutableBufferPointer<Scalar>

  init(_ average: borrowing ParameterAverage<Scalar>) {
    unsafe record = average.record
    unsafe isSwappedIn = average.isSwappedIn
    unsafe elements = average.storedElements
  }

  /// Checks that the average is one of the parameters, and not in their place.
  func check(count: Int) throws(CheckpointError) {
    guard unsafe !isSwappedIn else { throw .invalidAverage(.isSwappedIn) }
    guard unsafe elements.count == count else {
      throw unsafe .averageCount(elements.count, expected: count)
    }
  }
}

extension SafeTensorsWriter {
  fileprivate mutating func append<Element: BitwiseCopyable>(
    _ elements: UnsafeBufferPointer<Element>, to tensor: String
  ) throws(SafeTensorsError) {
    try unsafe append(UnsafeRawBufferPointer(elements).bytes, to: tensor)
  }
}
