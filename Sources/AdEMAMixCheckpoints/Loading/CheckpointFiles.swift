//===--- CheckpointFiles.swift - parts of the state, from several files ---===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

internal import AdEMAMix
internal import SafeTensors

/// The files of a checkpoint, for parts of the flat index space that need not
/// be those of the files. A process can have fewer files open than there may be
/// shards, so each file is opened when it is read.
struct CheckpointFiles<Scalar: OptimizerScalar>: Sendable {
  private let layout: ParameterLayout
  private let weights: WeightFormat

  /// The parts of the flat index space that the files have, one beside the
  /// other.
  let shards: [Range<Int>]

  /// The name of each file in its folder.
  private let names: [String]

  /// The path of each file.
  private let paths: [String]

  /// The files of an index, the first of which is open.
  init(
    _ index: ShardIndex, in folder: String,
    _ first: borrowing CheckpointFile<Scalar>
  ) throws(CheckpointError) {
    layout = first.layout
    weights = first.header.record.weights
    shards = index.files.compactMap(\.range)
    names = index.files.map(\.name)
    paths = names.map { "\(folder)/\($0)" }
    guard shards.last?.upperBound == layout.count,
      index.step == first.stepCount
    else {
      throw .malformedIndex(
        "the files are of step \(index.step), and have elements up to "
          + "\(shards.last?.upperBound ?? 0): the first is of step "
          + "\(first.stepCount), and of a layout of \(layout.count)",
        folder: folder)
    }
  }

  /// A file that is a checkpoint of its own.
  init(_ file: borrowing CheckpointFile<Scalar>) {
    layout = file.layout
    weights = file.header.record.weights
    shards = [file.shard]
    names = [file.path]
    paths = [file.path]
  }

  /// The part of the flat index space that the files have together.
  var whole: Range<Int> {
    (shards.first?.lowerBound ?? 0)..<(shards.last?.upperBound ?? 0)
  }

  /// Whether all numbers in all files are finite, or `nil` if a file does not
  /// say or cannot be opened.
  var isFinite: Bool? {
    let answers = shards.indices.map(isFinite)
    if answers.contains(false) { return false }
    return answers.contains(nil) ? nil : true
  }

  private func isFinite(_ file: Int) -> Bool? {
    do throws(CheckpointError) {
      return try open(file).isFinite
    } catch {
      return nil
    }
  }

  /// An optimizer of a part of the flat index space.
  ///
  /// - Parameters:
  ///   - record: The record of the part, with code for functions, and maybe
  ///     with other schedules and options.
  ///   - engine: The engine that computes a step.
  ///   - saved: The engine that the steps were computed with.
  ///   - threads: The largest number of threads of a step.
  /// - Returns: The optimizer.
  /// - Throws: ``CheckpointError``.
  func optimizer(
    _ record: OptimizerRecord, engine: StepEngine?,
    savedWith saved: StepEngine?, threads: Int?
  ) throws(CheckpointError) -> AdEMAMix<Scalar> {
    let shard = record.shard
    let optimizer: AdEMAMix<Scalar> = try record.optimizer(
      engine: engine, savedWith: saved, threads: threads)
    let views = optimizer.stateBufferViews
    for file in files(of: shard) {
      let checkpoint = try open(file)
      try CheckpointError.naming(checkpoint.path) { _ throws(CheckpointError) in
        for view in views { try checkpoint.read(view, of: shard) }
      }
    }
    return optimizer
  }

  /// The parameters of a part of the flat index space, one tensor behind the
  /// other.
  func parameters(
    of range: Range<Int>?
  ) throws(CheckpointError) -> [Scalar] {
    let range = try checked(range)
    if let split = try splitWeights(of: range) { return split.scalars() }
    try requireParameters(of: range)
    var parameters = [Scalar](repeating: 0, count: range.count)
    try unsafe parameters.withUnsafeMutableBufferPointer {
      parameters throws(CheckpointError) in
      try unsafe read(.parameter, of: range, into: parameters)
    }
    return parameters
  }

  /// Both parts of the weights of a part of the flat index space, or `nil`
  /// where they are not split.
  func splitWeights(
    of range: Range<Int>
  ) throws(CheckpointError) -> SplitElements? {
    if weights == .scalar { return nil }
    try requireParameters(of: range)
    var split = SplitElements(count: range.count, weights)
    for file in files(of: range) { try split.read(open(file), of: range) }
    return split
  }

  /// Checks that the files of a range have parameters.
  ///
  /// An index may claim any number of elements. All files must have their
  /// elements before memory is taken.
  private func requireParameters(
    of range: Range<Int>
  ) throws(CheckpointError) {
    for file in files(of: range) {
      let checkpoint = try open(file)
      guard checkpoint.hasParameters else {
        throw .inFile(.noParameters, path: checkpoint.path)
      }
    }
  }

  /// Reads the elements of a range, one tensor behind the other.
  private func read(
    _ prefix: TensorPrefix, of range: Range<Int>,
    into elements: UnsafeMutableBufferPointer<Scalar>
  ) throws(CheckpointError) {
    let slices = layout.fileSlices(of: range, prefix, Scalar.scalarType)
    for file in files(of: range) {
      let checkpoint = try open(file)
      for slice in slices {
        let overlap = try checkpoint.overlap(
          ofTensor: slice.tensor, in: range, unit: 1,
          stride: MemoryLayout<Scalar>.stride)
        guard let overlap else { continue }
        try unsafe checkpoint.read(
          slice.description.name, overlap,
          into: UnsafeMutableRawBufferPointer(
            UnsafeMutableBufferPointer(rebasing: elements[slice.range])))
      }
    }
  }

  /// The average of a range without its elements, or `nil` if there is none.
  /// The files that have parts of the range must agree.
  func averageRecord(
    of range: Range<Int>
  ) throws(CheckpointError) -> AverageRecord? {
    let needed = files(of: range)
    let first = needed.first ?? 0
    var record = try open(first).header.average
    record?.sizes = []
    for file in needed {
      var other = try open(file).header.average
      other?.sizes = []
      guard other == record else {
        throw .shardsDiffer(names[first], names[file])
      }
    }
    record?.sizes = layout.tensors.map { $0.range.clamped(to: range).count }
    return record
  }

  /// The average of a range.
  ///
  /// - Parameters:
  ///   - record: The record of the range, with code for functions.
  ///   - range: A part of the flat index space.
  ///   - sizes: The tensors to cut it into, or `nil` for those of the layout.
  ///   - threads: The largest number of threads of an update.
  /// - Returns: The average.
  /// - Throws: ``CheckpointError``.
  func average(
    _ record: AverageRecord, of range: Range<Int>, sizes: [Int]?, threads: Int?
  ) throws(CheckpointError) -> ParameterAverage<Scalar> {
    let average = try CheckpointError.wrappingAverage {
      () throws(AdEMAMixError) -> ParameterAverage<Scalar> in
      try .restored(record, count: range.count, sizes: sizes, threads: threads)
    }
    try unsafe read(.average, of: range, into: average.storedElements)
    return average
  }

  /// A range that the files have. `nil` stands for all that they have.
  func checked(
    _ range: Range<Int>?
  ) throws(CheckpointError) -> Range<Int> {
    guard let range else { return whole }
    guard range.lowerBound >= 0, range.upperBound <= layout.count else {
      throw .rangeOutOfLayout(range, count: layout.count)
    }
    guard range.lowerBound >= whole.lowerBound,
      range.upperBound <= whole.upperBound
    else {
      throw .shard(whole, expected: range)
    }
    return range
  }

  /// The files that have parts of a range.
  private func files(of range: Range<Int>) -> [Int] {
    shards.indices.filter { !shards[$0].clamped(to: range).isEmpty }
  }

  private func open(
    _ file: Int
  ) throws(CheckpointError) -> CheckpointFile<Scalar> {
    try CheckpointError.naming(paths[file]) { path throws(CheckpointError) in
      let opened = try CheckpointFile<Scalar>(path)
      try opened.header.check(
        layout, shard: shards[file], weights: weights, convertingStorage: false)
      return opened
    }
  }

  /// The state of a shard, apart from the elements of its buffers. The files
  /// that have parts of the shard must agree.
  func record(
    of shard: Range<Int>
  ) throws(CheckpointError) -> OptimizerRecord {
    let needed = files(of: shard)
    let first = needed.first ?? 0
    var record = try open(first).header.record
    record.shard = shard
    var owners = layout.groups.map { _ in first }
    for index in layout.groups.indices { record.groups[index].buffers = [] }
    record.forgetTensors(in: shard)
    for file in needed {
      let other = try open(file).header.record
      guard other.layout == record.layout, other.clock == record.clock,
        other.options == record.options, other.counts == record.counts,
        other.accumulatedWeight == record.accumulatedWeight,
        record.takeTensors(of: other, in: shards[file], within: shard)
      else {
        throw .shardsDiffer(names[first], names[file])
      }
      for group in owned(shards[file].clamped(to: shard)) {
        if record.groups[group].buffers.isEmpty {
          owners[group] = file
          record.groups[group] = other.groups[group]
        }
        guard record.groups[group] == other.groups[group] else {
          throw .shardsDiffer(names[owners[group]], names[file])
        }
      }
    }
    record.unaccumulatedTensors.sort()
    return record
  }

  /// The groups that have elements in a range.
  private func owned(_ range: Range<Int>) -> Set<Int> {
    Set(
      layout.tensors.filter { !$0.range.clamped(to: range).isEmpty }
        .map(\.group))
  }
}

extension OptimizerRecord {
  /// Forgets the histories of single tensors that have elements in a shard.
  /// Histories of other tensors stay: owners of shards that work together know
  /// those of all tensors.
  fileprivate mutating func forgetTensors(in shard: Range<Int>) {
    func isOutside(_ tensor: Int) -> Bool {
      layout.tensors[tensor].range.clamped(to: shard).isEmpty
    }
    let known = tensorHistories.entries
    tensorHistories = TensorHistories()
    for entry in known where isOutside(entry.tensor) {
      tensorHistories.split(entry.tensor, from: entry.history)
    }
    unaccumulatedTensors = unaccumulatedTensors.filter(isOutside)
  }

  /// Takes over what another record says about single tensors.
  ///
  /// - Parameters:
  ///   - other: The record of a file.
  ///   - file: The part of the flat index space that the file has.
  ///   - shard: The part that is wanted.
  /// - Returns: Whether the records agree on a tensor that begins in another
  ///   file.
  fileprivate mutating func takeTensors(
    of other: OptimizerRecord, in file: Range<Int>, within shard: Range<Int>
  ) -> Bool {
    let range = file.clamped(to: shard)
    let missing = Set(other.unaccumulatedTensors)
    let known = Set(unaccumulatedTensors)
    for (index, tensor) in layout.tensors.enumerated()
    where !tensor.range.clamped(to: range).isEmpty {
      let wanted = tensor.range.clamped(to: shard)
      if wanted.lowerBound >= range.lowerBound {
        if let history = other.tensorHistories[index] {
          tensorHistories.split(index, from: history)
        }
        if missing.contains(index) { unaccumulatedTensors.append(index) }
      } else if tensorHistories[index] != other.tensorHistories[index]
        || known.contains(index) != missing.contains(index)
      {
        return false
      }
    }
    return true
  }
}
