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
  /// The waits of this process.
  let rollCall: RollCall
  /// The number of the communicator among all that the process has made.
  let communicator: Int
}

extension Ranks {
  /// Makes a collective, and waits until it has ended.
  ///
  /// - Parameters:
  ///   - routine: The name of the routine in MPI.
  ///   - start: Starts the routine, as in ``Request/start(_:_:)``.
  /// - Throws: ``DistributedError``.
  private func make(
    _ routine: String, _ start: (inout cmpi_handle) -> CInt
  ) throws(DistributedError) {
    var request = Request(between: self)
    try request.start(routine, start)
    try request.wait()
  }

  /// Makes a collective that changes elements.
  ///
  /// - Parameters:
  ///   - routine: The name of the routine in MPI.
  ///   - elements: The elements of this process.
  ///   - start: Starts the routine, in the memory of the elements.
  /// - Returns: The elements after the collective.
  /// - Throws: ``DistributedError``.
  func exchange<Element: BitwiseCopyable>(
    _ routine: String, _ elements: [Element],
    _ start: (UnsafeMutablePointer<Element>, inout cmpi_handle) -> CInt
  ) throws(DistributedError) -> [Element] {
    // An array would be freed if the collective failed, and MPI may write to
    // the memory even then.
    let memory = UnsafeMutablePointer<Element>.allocate(
      capacity: elements.count)
    unsafe memory.initialize(from: elements, count: elements.count)
    try make(routine) { unsafe start(memory, &$0) }
    let changed = unsafe Array(
      UnsafeBufferPointer(start: memory, count: elements.count))
    unsafe memory.deallocate()
    return changed
  }

  /// The least of each word over all processes.
  ///
  /// - Parameter words: The words of this process, as many in each process.
  /// - Returns: The least of each, the same in each process.
  /// - Throws: ``DistributedError``.
  func minimum(_ words: [Int64]) throws(DistributedError) -> [Int64] {
    try unsafe exchange("MPI_Iallreduce", words) {
      unsafe cmpi_start_all_minimum($0, CInt(words.count), handle, &$1)
    }
  }

  /// The bits that all processes have.
  ///
  /// - Parameter words: The words of this process, as many in each process.
  /// - Returns: The same in each process.
  /// - Throws: ``DistributedError``.
  func commonBits(_ words: [Int64]) throws(DistributedError) -> [Int64] {
    try unsafe exchange("MPI_Iallreduce", words) {
      unsafe cmpi_start_all_and($0, CInt(words.count), handle, &$1)
    }
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
    // All ranks refuse what one could not send, or the others would wait.
    let count = try unsafe exchange("MPI_Ibcast", [UInt64(bytes.count)]) {
      unsafe cmpi_start_broadcast(
        $0, CInt(MemoryLayout<UInt64>.size), CInt(root), handle, &$1)
    }[0]
    guard count <= CInt.max else { throw .tooManyBytes(Int(clamping: count)) }
    let all = rank == root ? bytes : Array(repeating: 0, count: Int(count))
    return try unsafe exchange("MPI_Ibcast", all) {
      unsafe cmpi_start_broadcast($0, CInt(count), CInt(root), handle, &$1)
    }
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
      try make("MPI_Ibcast") {
        unsafe cmpi_start_broadcast(
          part.baseAddress, CInt(part.count), CInt(root), handle, &$0)
      }
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
    // All ranks refuse what one could not send, or the others would wait. A
    // count that is too large becomes the largest, which is refused as well.
    var counts = [CInt](repeating: 0, count: size)
    counts[rank] = CInt(clamping: bytes.count)
    counts = try unsafe exchange("MPI_Iallgather", counts) {
      unsafe cmpi_start_all_gather_counts($0, handle, &$1)
    }
    let total = counts.reduce(0) { $0 + Int($1) }
    guard total < CInt.max else { throw .tooManyBytes(total) }
    var starts: [CInt] = []
    var start: CInt = 0
    for count in counts {
      starts.append(start)
      start += count
    }
    var all = [UInt8](repeating: 0, count: total)
    let own = Int(starts[rank])
    all.replaceSubrange(own..<(own + bytes.count), with: bytes)
    // MPI reads the counts and starts until the end.
    let places = UnsafeMutablePointer<CInt>.allocate(capacity: 2 * size)
    unsafe places.initialize(from: counts + starts, count: 2 * size)
    all = try unsafe exchange("MPI_Iallgatherv", all) {
      unsafe cmpi_start_all_gather_bytes(
        $0, places, places + size, handle, &$1)
    }
    unsafe places.deallocate()
    return zip(starts, counts).map { Array(all[Int($0)..<Int($0 + $1)]) }
  }
}

#endif
