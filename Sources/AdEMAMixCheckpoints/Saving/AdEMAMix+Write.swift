//===--- AdEMAMix+Write.swift - a checkpoint, tensor by tensor ------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

extension AdEMAMix {
  /// Writes a file with the parameters, the average and the moments.
  ///
  /// - Returns: Whether all elements that the next step reads are finite. No
  ///   step reads those of a frozen group.
  @discardableResult
  func write(
    _ path: String, _ parameters: CallerTensors<Scalar>?,
    average: StoredAverage<Scalar>?, _ metadata: [String: String]
  ) throws(CheckpointError) -> Bool {
    let scalarType = Scalar.scalarType
    let average = unsafe average ?? (parameters == nil ? nil : ownAverage)
    try parameters?.check(self)
    try unsafe average?.check(count: shard.count)
    try CheckpointError.wrapping { () throws(AdEMAMixError) in
      try checkRecord()
    }
    try record.checkFunctionNames()
    try unsafe average?.record.checkFunctionNames()
    let parameterSlices =
      parameters == nil
      ? []
      : layout.fileSlices(
        of: shard, .parameter, record.parameterType.scalarType(of: scalarType))
    let averageSlices =
      unsafe average == nil
      ? [] : layout.fileSlices(of: shard, .average, scalarType)
    let stateBufferViews = stateBufferViews
    func description(_ view: StateBufferView) -> TensorDescription {
      view.stored.description(
        of: layout.tensors[view.tensor].name, Scalar.self)
    }
    let header = CheckpointHeader(
      scalarType: scalarType, engine: engine,
      openBLAS: engine == .blas ? .current : nil, isFinite: true,
      record: record, average: unsafe average?.record, metadata: metadata)
    let encoded = try header.encoded(for: path)

    do throws(SafeTensorsError) {
      var file = try ElementWriter<Scalar>(
        SafeTensorsWriter(
          path: path,
          tensors: parameterSlices.map(\.description)
            + averageSlices.map(\.description)
            + stateBufferViews.map(description),
          metadata: Metadata(encoded)))
      for slice in parameterSlices {
        try unsafe parameters?.readBytes(
          tensor: slice.tensor, range: slice.range
        ) { bytes throws(SafeTensorsError) in
          try unsafe file.append(
            bytes, to: slice.description.name, record.parameterType,
            isUsed: !isFrozen(slice.tensor))
        }
      }
      for slice in averageSlices {
        guard let average = unsafe average else { break }
        try unsafe file.append(
          UnsafeRawBufferPointer(
            UnsafeBufferPointer(rebasing: average.elements[slice.range])),
          to: slice.description.name, .scalar, isUsed: !isFrozen(slice.tensor))
      }
      for view in stateBufferViews {
        try unsafe file.append(
          UnsafeRawBufferPointer(view.bytes), to: description(view).name,
          view.stored.type, isUsed: isUsed(view))
      }
      return try file.finish()
    } catch {
      throw .file(error)
    }
  }

  private func isFrozen(_ tensor: Int) -> Bool {
    layout.groups[layout.tensors[tensor].group].isFrozen
  }

  /// Whether the next step reads a buffer. The first gradient after a step
  /// overwrites the sum of gradients.
  private func isUsed(_ view: StateBufferView) -> Bool {
    if isFrozen(view.tensor) { return false }
    switch view.stored.buffer {
    case .accumulated, .compensation: return runCounts.accumulatedGradients > 0
    default: return true
    }
  }
}

extension CallerTensors {
  /// Lends the elements of a tensor, in either form.
  fileprivate func readBytes<Failure: Error>(
    tensor: Int, range: Range<Int>,
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    if hasSplitWeights {
      return try unsafe read(weightsOfTensor: tensor, range: range) {
        (elements) throws(Failure) in
        try unsafe body(UnsafeRawBufferPointer(elements))
      }
    }
    try unsafe read(tensor: tensor, range: range) {
      (elements) throws(Failure) in
      try unsafe body(UnsafeRawBufferPointer(elements))
    }
  }
}

/// A file that is being written. It notes whether the elements are finite while
/// they are in the cache.
private struct ElementWriter<Scalar: OptimizerScalar>: ~Copyable {
  private var file: SafeTensorsWriter
  private var isFinite = true

  init(_ file: consuming SafeTensorsWriter) { self.file = file }

  /// Writes elements of a tensor. They must be finite if the next step uses
  /// them.
  mutating func append(
    _ bytes: UnsafeRawBufferPointer, to tensor: String,
    _ type: StateElementType, isUsed: Bool
  ) throws(SafeTensorsError) {
    var rest = unsafe bytes[...]
    while unsafe !rest.isEmpty {
      let chunk = unsafe UnsafeRawBufferPointer(
        rebasing: rest.prefix(SafeTensorsWriter.chunkByteCount))
      if isUsed, isFinite {
        isFinite = unsafe type.areFinite(chunk, Scalar.self)
      }
      try unsafe file.append(chunk.bytes, to: tensor)
      unsafe rest = unsafe rest.dropFirst(chunk.count)
    }
  }

  /// Ends the file.
  ///
  /// - Returns: Whether all elements that the next step uses are finite.
  consuming func finish() throws(SafeTensorsError) -> Bool {
    let isFinite = isFinite
    file.replaceMetadata(
      CheckpointHeader.finiteKey, with: CheckpointHeader.text(isFinite))
    try file.finish()
    return isFinite
  }
}
