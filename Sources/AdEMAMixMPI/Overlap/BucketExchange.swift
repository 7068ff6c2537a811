//===--- BucketExchange.swift - gradients summed as they come -------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import AdEMAMix
internal import CMPI

/// The exchange of an open step's gradients, which starts with the first bucket
/// that is complete and goes on whenever the step calls.
///
/// A message has the number of its bucket, and each rank keeps a copy of the
/// gradients that it sends. Ranks may therefore hand over tensors in orders of
/// their own: a message that waits for its receiver holds up no other message.
@safe final class BucketExchange<Scalar: OptimizerScalar> {
  /// A bucket that is not yet done with.
  private struct Entry {
    let bucket: Int
    var memory: BucketMemory
    /// Messages with other ranks' gradients of the part that this rank sums.
    var gradients: [Request] = []
    /// Messages with sums that other ranks make for this one.
    var sums: [Request] = []
    /// Messages from this rank.
    var sent: [Request] = []
    var isSummed = false
    var isDone = false
  }

  private let ranks: Ranks
  private let plan: BucketPlan
  private let threadSplit: ThreadSplit
  /// The elements whose sums this rank needs.
  private let shard: Range<Int>
  /// Whether gradients are sent in bfloat16.
  private var isBFloat16 = false
  /// The factors of the ranks' gradients; none where all are 1.
  private var weights: [Double] = []
  /// The memory for the sums of the shard.
  private var target: UnsafeMutablePointer<Scalar>?

  /// The elements that each bucket still waits for.
  private var lacking: [Int] = []
  /// Buckets that have some of their gradients, by their numbers.
  private var begun: [Int: BucketMemory] = [:]
  /// Buckets whose gradients are under way.
  private var entries: [Entry] = []
  /// The memory for this rank's gradients, for received ones, and for sums.
  private var own = StagingPool()
  private var received = StagingPool()
  private var sums = StagingPool()

  /// The first error of MPI, after which nothing is exchanged any more.
  private(set) var failure: DistributedError?
  /// The number of calls of ``advance()``, in all steps.
  private var callCount = 0
  /// The time that went into copying, sending and summing before the end.
  private(set) var working = Duration.zero
  /// The time of waiting and summing after the last gradient was added.
  private(set) var waiting = Duration.zero

  /// An exchange between ranks.
  ///
  /// - Parameters:
  ///   - ranks: The ranks of a communicator that lives as long as the exchange.
  ///   - plan: The buckets.
  ///   - shard: The elements whose sums this rank needs.
  ///   - threadSplit: The threads that sum gradients up.
  init(
    between ranks: Ranks, _ plan: BucketPlan, shard: Range<Int>,
    _ threadSplit: ThreadSplit
  ) {
    self.ranks = ranks
    self.plan = plan
    self.shard = shard
    self.threadSplit = threadSplit
  }

  deinit {
    // After a failure MPI may still read and write this memory.
    guard failure == nil, ranks.rollCall.failure == nil else { return }
    for pool in [own, received, sums] { pool.deallocate() }
  }

  /// The bytes of all memory for buckets, free or not.
  var byteCount: Int { own.byteCount + received.byteCount + sums.byteCount }

  /// Begins a step.
  ///
  /// - Parameters:
  ///   - target: Memory for the sums of the shard, until the end.
  ///   - isBFloat16: Whether gradients are sent in bfloat16.
  ///   - weights: The factors of the ranks' gradients; none where all are 1.
  func begin(
    _ target: UnsafeMutablePointer<Scalar>, isBFloat16: Bool,
    weights: [Double]
  ) {
    unsafe self.target = target
    self.isBFloat16 = isBFloat16
    self.weights = weights
    lacking = plan.buckets.map(\.count)
    working = .zero
    waiting = .zero
  }

  private var stride: Int {
    isBFloat16 ? MemoryLayout<BFloat16>.stride : MemoryLayout<Scalar>.stride
  }

  private var gradientType: cmpi_handle {
    isBFloat16 ? cmpi_uint16() : Scalar.datatype
  }

  /// Makes no more calls of MPI if the closure of the step has ended MPI.
  func checkCalls() {
    attempt { () throws(DistributedError) in
      try DistributedError.checkCallsAreAllowed()
    }
  }

  /// Makes a call of MPI, unless one has failed.
  private func attempt(_ call: () throws(DistributedError) -> Void) {
    guard failure == nil else { return }
    do throws(DistributedError) { try call() } catch { failure = error }
  }

  // MARK: - Gradients in

  /// Takes gradients of some elements, each once in a step.
  ///
  /// - Parameters:
  ///   - elements: The elements, counted in the layout.
  ///   - copy: Copies the gradients of some of the elements to memory: in
  ///     bfloat16, or in the scalar type.
  func add(
    _ elements: Range<Int>,
    _ copy: (_ elements: Range<Int>, _ target: UnsafeMutableRawPointer) -> Void
  ) {
    let start = ContinuousClock.now
    for bucket in plan.buckets(in: elements) {
      let whole = plan.buckets[bucket]
      let own = whole.clamped(to: elements)
      if own.isEmpty { continue }
      let memory =
        begun[bucket] ?? BucketMemory(own: self.own.take(whole.count * stride))
      unsafe copy(
        own,
        memory.own.start + (own.lowerBound - whole.lowerBound) * stride)
      lacking[bucket] -= own.count
      if lacking[bucket] > 0 {
        begun[bucket] = memory
      } else {
        begun[bucket] = nil
        send(bucket, memory)
      }
    }
    working += .now - start
  }

  /// Takes back the memory of a bucket that is done with.
  private func giveBack(_ memory: BucketMemory) {
    own.giveBack(memory.own)
    received.giveBack(memory.received)
    sums.giveBack(memory.sums)
  }

  /// Starts all messages of a bucket whose gradients are complete.
  private func send(_ bucket: Int, _ memory: BucketMemory) {
    var entry = Entry(bucket: bucket, memory: memory)
    let start = plan.buckets[bucket].lowerBound
    let own = plan.part(of: bucket, summedBy: ranks.rank)
    var received = unsafe entry.memory.own.start
    if !own.isEmpty, ranks.size > 1 {
      let staging = self.received.take(ranks.size * own.count * stride)
      entry.memory.received = staging
      unsafe received = staging.start
      if !plan.isOwner(ranks.rank, of: bucket) {
        entry.memory.sums = sums.take(
          own.count * MemoryLayout<Scalar>.stride)
      }
    }
    let (gradientTag, sumTag) = (CInt(2 * bucket), CInt(2 * bucket + 1))
    for other in 0..<ranks.size where other != ranks.rank {
      if !own.isEmpty {
        attempt { () throws(DistributedError) in
          var request = Request(between: ranks)
          try request.start("MPI_Irecv") {
            unsafe cmpi_start_receive(
              received + other * own.count * stride,
              CInt(own.count), gradientType, CInt(other), gradientTag,
              ranks.handle, &$0)
          }
          entry.gradients.append(request)
        }
      }
      let part = plan.part(of: bucket, summedBy: other)
      if part.isEmpty { continue }
      attempt { () throws(DistributedError) in
        var request = Request(between: ranks)
        try request.start("MPI_Isend") {
          unsafe cmpi_start_send(
            entry.memory.own.start + (part.lowerBound - start) * stride,
            CInt(part.count), gradientType, CInt(other), gradientTag,
            ranks.handle, &$0)
        }
        entry.sent.append(request)
      }
      guard plan.isOwner(ranks.rank, of: bucket) else { continue }
      attempt { () throws(DistributedError) in
        var request = Request(between: ranks)
        try request.start("MPI_Irecv") {
          unsafe cmpi_start_receive(
            place(of: part.lowerBound), CInt(part.count), Scalar.datatype,
            CInt(other), sumTag, ranks.handle, &$0)
        }
        entry.sums.append(request)
      }
    }
    entries.append(entry)
  }

  /// The place of an element's sum.
  private func place(of element: Int) -> UnsafeMutablePointer<Scalar> {
    guard let target = unsafe target else {
      preconditionFailure("a step has begun")
    }
    return unsafe target + (element - shard.lowerBound)
  }

  // MARK: - Sums out

  /// The number of unfinished buckets after which ``advance()`` asks MPI about
  /// no more.
  ///
  /// MPI moves all messages when it is asked about one. Messages end roughly in
  /// the order in which they began, so that later ones seldom have ended.
  private static var mostAsked: Int { 8 }

  /// Goes on with all that is under way, without waiting, and answers ranks
  /// that wait for this one.
  func advance() {
    let start = ContinuousClock.now
    defer { working += .now - start }
    callCount += 1
    attempt { () throws(DistributedError) in
      try ranks.rollCall.answer(
        workingIn: PendingCall(
          routine: "call \(callCount) of open steps",
          communicator: ranks.communicator))
    }
    var pending = 0
    var done = 0
    for index in entries.indices {
      if !entries[index].isSummed {
        if haveEnded(&entries[index].gradients) {
          sum(index)
        } else {
          pending += 1
        }
      }
      if entries[index].isSummed {
        if haveEnded(&entries[index].sums), haveEnded(&entries[index].sent) {
          entries[index].isDone = true
          done += 1
          giveBack(entries[index].memory)
        } else {
          pending += 1
        }
      }
      if pending == Self.mostAsked { break }
    }
    if done > 0 { entries.removeAll(where: \.isDone) }
  }

  /// Whether all of some requests have ended.
  private func haveEnded(_ requests: inout [Request]) -> Bool {
    while let last = requests.indices.last {
      var hasEnded = false
      attempt { () throws(DistributedError) in
        hasEnded = try requests[last].hasEnded()
      }
      guard hasEnded else { return false }
      requests.removeLast()
    }
    return true
  }

  /// Makes the sums of a bucket whose gradients have all come.
  private func sum(_ index: Int) {
    entries[index].isSummed = true
    let bucket = entries[index].bucket
    let part = plan.part(of: bucket, summedBy: ranks.rank)
    guard !part.isEmpty, failure == nil else { return }
    let memory = entries[index].memory
    let isOwner = plan.isOwner(ranks.rank, of: bucket)
    let start = plan.buckets[bucket].lowerBound
    let sums =
      unsafe isOwner
      ? place(of: part.lowerBound)
      : memory.sums?.elements(from: 0) ?? place(of: part.lowerBound)
    unsafe RankSum(
      own: memory.own.start + (part.lowerBound - start) * stride,
      received: (memory.received ?? memory.own).start, sums: sums,
      isBFloat16: isBFloat16, count: part.count, rank: ranks.rank,
      rankCount: ranks.size, weights: weights
    ).run(threadSplit)
    for other in 0..<ranks.size
    where other != ranks.rank && plan.isOwner(other, of: bucket) {
      attempt { () throws(DistributedError) in
        var request = Request(between: ranks)
        try request.start("MPI_Isend") {
          unsafe cmpi_start_send(
            sums, CInt(part.count), Scalar.datatype, CInt(other),
            CInt(2 * bucket + 1), ranks.handle, &$0)
        }
        entries[index].sent.append(request)
      }
    }
  }

  /// Waits until all sums of the shard are there, once the gradients of all
  /// elements have been added.
  func finish() {
    let start = ContinuousClock.now
    precondition(
      begun.isEmpty && !lacking.contains { $0 > 0 },
      "all gradients must have been added")
    // Each rank has sent its gradients, and so these come. Sums come once the
    // others have made theirs.
    for index in entries.indices {
      wait(for: &entries[index].gradients)
      if !entries[index].isSummed { sum(index) }
    }
    for index in entries.indices {
      wait(for: &entries[index].sums)
      wait(for: &entries[index].sent)
    }
    // After a failure MPI may still use the memory.
    if failure == nil { for entry in entries { giveBack(entry.memory) } }
    entries = []
    unsafe target = nil
    waiting = .now - start
  }

  private func wait(for requests: inout [Request]) {
    for index in requests.indices {
      attempt { () throws(DistributedError) in try requests[index].wait() }
    }
    requests.removeAll()
  }
}

#endif
