//===--- Ranks.swift - processes, and small messages to all ---------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import CMPI

/// The processes of a communicator that someone else owns.
struct Ranks {
  let handle: cmpi_handle
  /// The number of this process.
  let rank: Int
  /// The number of processes.
  let size: Int
}

extension Ranks {
  /// The least of each word over all processes.
  func minimum(_ words: [Int64]) throws(MPIError) -> [Int64] {
    var least = words
    try check(
      "MPI_Iallreduce",
      unsafe cmpi_all_minimum(&least, CInt(least.count), handle))
    return least
  }

  /// The bytes of one process.
  ///
  /// - Parameters:
  ///   - bytes: What `root` has; ignored in the others.
  ///   - root: A rank.
  /// - Returns: What `root` has.
  /// - Throws: ``MPIError``.
  func broadcast(
    _ bytes: [UInt8], from root: Int
  ) throws(MPIError) -> [UInt8] {
    guard bytes.count <= CInt.max else { throw .tooManyBytes(bytes.count) }
    var count = UInt64(bytes.count)
    try check(
      "MPI_Ibcast",
      unsafe cmpi_broadcast(
        &count, CInt(MemoryLayout<UInt64>.size), CInt(root), handle))
    var all = rank == root ? bytes : Array(repeating: 0, count: Int(count))
    try check(
      "MPI_Ibcast",
      unsafe cmpi_broadcast(&all, CInt(count), CInt(root), handle))
    return all
  }

  /// Overwrites memory with that of one process, of the same size.
  func broadcast(
    _ memory: UnsafeMutableRawBufferPointer, from root: Int
  ) throws(MPIError) {
    // Far below what C's int counts.
    let most = 1 << 26
    for start in stride(from: 0, to: memory.count, by: most) {
      let part = unsafe UnsafeMutableRawBufferPointer(
        rebasing: memory[start..<min(start + most, memory.count)])
      try check(
        "MPI_Ibcast",
        unsafe cmpi_broadcast(
          part.baseAddress, CInt(part.count), CInt(root), handle))
    }
  }

  /// The bytes of all processes, by rank.
  func gather(_ bytes: [UInt8]) throws(MPIError) -> [[UInt8]] {
    guard bytes.count <= CInt.max else { throw .tooManyBytes(bytes.count) }
    var counts = [CInt](repeating: 0, count: size)
    try check(
      "MPI_Iallgather",
      unsafe cmpi_all_gather_count(CInt(bytes.count), &counts, handle))
    let total = counts.reduce(0) { $0 + Int($1) }
    guard total <= CInt.max else { throw .tooManyBytes(total) }
    var starts: [CInt] = []
    var start: CInt = 0
    for count in counts {
      starts.append(start)
      start += count
    }
    var all = [UInt8](repeating: 0, count: total)
    try check(
      "MPI_Iallgatherv",
      unsafe cmpi_all_gather(
        bytes, CInt(bytes.count), &all, counts, starts, handle))
    return zip(starts, counts).map { Array(all[Int($0)..<Int($0 + $1)]) }
  }
}

#endif
