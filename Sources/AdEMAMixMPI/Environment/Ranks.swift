//===--- Ranks.swift - processes, and small messages to all ---------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import CMPI

/// The processes of a communicator, which an ``MPICommunicator`` owns.
struct Ranks {
  let handle: cmpi_handle
  /// The number of this process.
  let rank: Int
  /// The number of processes.
  let size: Int
}

extension Ranks {
  /// The least of each word over all processes.
  ///
  /// - Parameter words: The words of this process, as many in each process.
  /// - Returns: The least of each, the same in each process.
  /// - Throws: ``DistributedError``.
  func minimum(_ words: [Int64]) throws(DistributedError) -> [Int64] {
    var least = words
    try check(
      "MPI_Iallreduce",
      unsafe cmpi_all_minimum(&least, CInt(least.count), handle))
    return least
  }

  /// The bits that all processes have.
  ///
  /// - Parameter words: The words of this process, as many in each process.
  /// - Returns: The same in each process.
  /// - Throws: ``DistributedError``.
  func commonBits(_ words: [Int64]) throws(DistributedError) -> [Int64] {
    var common = words
    try check(
      "MPI_Iallreduce",
      unsafe cmpi_all_and(&common, CInt(common.count), handle))
    return common
  }

  /// The bytes of one process.
  ///
  /// - Parameters:
  ///   - bytes: The bytes of `root`. The argument of other processes is
  ///     ignored.
  ///   - root: A rank.
  /// - Returns: The bytes of `root`.
  /// - Throws: ``DistributedError``.
  func broadcast(
    _ bytes: [UInt8], from root: Int
  ) throws(DistributedError) -> [UInt8] {
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

  /// Overwrites memory with the memory of one process.
  ///
  /// - Parameters:
  ///   - memory: The memory, as many bytes in each process.
  ///   - root: The rank whose memory the others get.
  /// - Throws: ``DistributedError``.
  func broadcast(
    _ memory: UnsafeMutableRawBufferPointer, from root: Int
  ) throws(DistributedError) {
    // A call counts bytes in C's int, up to 2^31 - 1. Any size far below that
    // would do, if it is large enough to leave few calls: 64 MiB are.
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

  /// The numbers of all processes, in their order.
  func gather(_ number: Double) throws(DistributedError) -> [Double] {
    let bits = number.bitPattern
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    return try gather(bytes).map { bytes in
      let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return Double(bitPattern: bits)
    }
  }

  /// The bytes of all processes, by rank.
  ///
  /// - Parameter bytes: The bytes of this process.
  /// - Returns: The bytes of each process, the same in each process.
  /// - Throws: ``DistributedError``.
  func gather(_ bytes: [UInt8]) throws(DistributedError) -> [[UInt8]] {
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
