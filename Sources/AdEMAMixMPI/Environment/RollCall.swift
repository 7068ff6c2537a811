//===--- RollCall.swift - waits that end, also without ranks --------------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import CMPI
internal import Glibc

/// The waits of a process for other ranks, which end at a limit, and the
/// messages by which ranks find out for whom a wait is in vain.
///
/// MPI says nothing of a rank that is stopped, has been unplugged, or makes
/// another call: a collective with that rank never ends. A rank that has waited
/// for half of the limit asks all others. Each rank that waits in a call of the
/// library answers at once, and says in which call. A rank that has not
/// answered at the limit is missing, and so is a rank that has called
/// ``MPIEnvironment/finalize()``. If all ranks answer, they are asked once
/// more. The same answers mean that nothing goes on: ranks wait in different
/// calls, or something was lost.
///
/// A rank that gives up tells the others why. They give up with the same
/// reason, unless they do at the same time.
///
/// No rank sends signs of life while it computes: one thread makes all calls of
/// MPI, and that thread is the caller's. A rank in the closure of an open step
/// answers whenever the closure calls the step.
final class RollCall {
  /// The longest time of a wait; `nil` is for ever.
  private let limit: Duration?
  /// The communicator of the messages. It is `nil` while it is made.
  private var communicator: cmpi_handle?
  private var rank = 0
  private var size = 1
  private var communicatorCount = 0
  private var questionCount: Int64 = 0
  /// The messages that are on their way.
  private var sent: [SentMessage] = []

  /// The error of the first call of MPI that failed, which all later calls and
  /// waits throw.
  private(set) var failure: DistributedError?

  /// A roll call that has no communicator yet.
  ///
  /// - Parameter limit: The longest time of a wait; `nil` is for ever.
  init(limit: Duration?) { self.limit = limit }

  /// Makes the communicator of the messages.
  ///
  /// - Throws: ``DistributedError``.
  func begin() throws(DistributedError) {
    var rank: CInt = 0
    var size: CInt = 0
    let made = try copy(of: cmpi_world())
    try noting { () throws(DistributedError) in
      try check("MPI_Comm_rank", unsafe cmpi_rank(made, &rank))
      try check("MPI_Comm_size", unsafe cmpi_size(made, &size))
    }
    self.rank = Int(rank)
    self.size = Int(size)
    communicator = made
  }

  /// Waits until all ranks leave, for as long as the other ranks work.
  ///
  /// - Throws: ``DistributedError``, if a rank has given up.
  func end() throws(DistributedError) {
    if let failure { throw failure }
    guard let communicator else { return }
    var request = cmpi_null_request()
    try noting { () throws(DistributedError) in
      try check(
        "MPI_Ibarrier", unsafe cmpi_start_barrier(communicator, &request))
    }
    try wait(for: &request, nil)
    // Answers to a rank that needs none any more.
    while receive() != nil {}
    removeArrived()
    self.communicator = nil
    try noting { () throws(DistributedError) in
      try check("MPI_Comm_free", cmpi_free(communicator))
    }
  }

  /// A copy of a communicator, whose calls return errors.
  ///
  /// - Throws: ``DistributedError``.
  func copy(of original: cmpi_handle) throws(DistributedError) -> cmpi_handle {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8)
    var request = Request(self, communicator: 0)
    try request.start("MPI_Comm_idup") {
      unsafe cmpi_start_duplicate(original, copy, &$0)
    }
    try request.wait()
    var handle: cmpi_handle = 0
    try noting { () throws(DistributedError) in
      try check(
        "MPI_Comm_set_errhandler", unsafe cmpi_finish_duplicate(copy, &handle))
    }
    unsafe copy.deallocate()
    return handle
  }

  /// The number of a communicator that has been made.
  func numberOfNewCommunicator() -> Int {
    communicatorCount += 1
    return communicatorCount
  }

  /// Makes a part of a call of MPI, unless one has failed, and notes its error:
  /// other calls may be under way then, and nothing may be freed or ended any
  /// more.
  ///
  /// - Throws: The error, which all later calls and waits throw again.
  func noting<Result>(
    _ part: () throws(DistributedError) -> Result
  ) throws(DistributedError) -> Result {
    if let failure { throw failure }
    do throws(DistributedError) {
      return try part()
    } catch {
      failure = failure ?? error
      throw error
    }
  }

  // MARK: - Waiting

  /// Waits until a request has ended.
  ///
  /// - Parameters:
  ///   - request: The request. The null request takes its place.
  ///   - call: The call to which the request belongs. `nil` is the end of MPI,
  ///     for which a rank waits without a limit.
  /// - Throws: ``DistributedError``, which all later waits throw again.
  func wait(
    for request: inout cmpi_handle, _ call: PendingCall?
  ) throws(DistributedError) {
    try noting { () throws(DistributedError) in
      if try isDone(&request, call, yields: false) { return }
      try waitLonger(for: &request, call)
    }
  }

  private func isDone(
    _ request: inout cmpi_handle, _ call: PendingCall?, yields: Bool
  ) throws(DistributedError) -> Bool {
    var isDone: CInt = 0
    let code = unsafe cmpi_poll(&request, yields ? 1 : 0, &isDone)
    // The name of a routine is a string that would be made in each poll.
    if code != 0 { try check(call?.routine ?? "MPI_Ibarrier", code) }
    return isDone != 0
  }

  private func waitLonger(
    for request: inout cmpi_handle, _ call: PendingCall?
  ) throws(DistributedError) {
    let start = ContinuousClock.now
    var inquiry: Inquiry?
    while try !isDone(&request, call, yields: true) {
      let now = ContinuousClock.now
      let waited = now - start
      // A wait that goes well is seldom longer than this.
      guard waited > .milliseconds(10) else { continue }
      try answer(waitingIn: call, &inquiry)
      if let limit, let call {
        try look(at: &inquiry, limit, waited, now, call)
      }
      // The nap is a thousandth of the wait, at most, and leaves the processor
      // to others, such as ranks that save.
      if waited > .seconds(1) { usleep(1_000) }
    }
  }

  /// Asks all ranks when half of the limit has passed, and gives up at the
  /// limit.
  private func look(
    at inquiry: inout Inquiry?, _ limit: Duration, _ waited: Duration,
    _ now: ContinuousClock.Instant, _ call: PendingCall
  ) throws(DistributedError) {
    guard let asked = inquiry else {
      guard waited >= limit / 2 else { return }
      inquiry = ask(at: now, after: nil)
      return
    }
    // The time since the question counts, and not that since the call: after a
    // stop of this process, the other ranks have had no time to answer.
    guard now - asked.start >= limit / 2 else { return }
    if let verdict = asked.verdict(
      by: rank, of: size, waitingIn: call, for: waited)
    {
      send(RollCallMessage(.verdict, verdict.text))
      sendRest()
      throw verdict.error
    }
    inquiry = ask(at: now, after: asked)
  }

  private func ask(
    at now: ContinuousClock.Instant, after previous: Inquiry?
  ) -> Inquiry {
    questionCount += 1
    removeArrived()
    send(RollCallMessage(.question, number: questionCount))
    return Inquiry(
      number: questionCount, start: now, previous: previous?.answers)
  }

  /// Answers questions that have come, for a rank that works and calls MPI now
  /// and then.
  ///
  /// - Parameter call: The call in which the rank works. Its description must
  ///   be another one each time: the same answers mean that nothing goes on.
  /// - Throws: ``DistributedError``, if another rank has given up. All later
  ///   waits throw it again.
  func answer(workingIn call: PendingCall) throws(DistributedError) {
    try noting { () throws(DistributedError) in
      var inquiry: Inquiry?
      if limit != nil { try answer(waitingIn: call, &inquiry) }
    }
  }

  // MARK: - Messages

  /// Reads all messages that have come, and answers questions.
  ///
  /// - Throws: The error of another rank that has given up.
  private func answer(
    waitingIn call: PendingCall?, _ inquiry: inout Inquiry?
  ) throws(DistributedError) {
    while let (sender, message) = receive() {
      switch message.kind {
      case .question:
        removeArrived()
        let text = call?.description ?? PendingCall.leaving
        send(
          RollCallMessage(.answer, number: message.number, text), to: sender)
      case .answer where message.number == inquiry?.number:
        inquiry?.answers[sender] = message.text
      case .answer: break
      case .verdict: throw Verdict(message.text).error
      }
    }
  }

  /// The next message that has come, and its sender.
  ///
  /// An error of MPI counts as no message: the rank that sent it is missing
  /// then.
  private func receive() -> (sender: Int, RollCallMessage)? {
    guard let communicator else { return nil }
    var bytes = [UInt8](repeating: 0, count: RollCallMessage.byteCount)
    var sender: CInt = -1
    let code = unsafe cmpi_receive_if_there(
      &bytes, CInt(bytes.count), communicator, &sender)
    guard code == 0, sender >= 0, let message = RollCallMessage(bytes)
    else { return nil }
    return (Int(sender), message)
  }

  /// Sends a message to all other ranks.
  ///
  /// - Complexity: O(number of ranks).
  private func send(_ message: RollCallMessage) {
    for other in 0..<size where other != rank { send(message, to: other) }
  }

  private func send(_ message: RollCallMessage, to receiver: Int) {
    guard let communicator else { return }
    let bytes = message.bytes
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
    unsafe memory.initialize(from: bytes, count: bytes.count)
    var request = cmpi_null_request()
    let code = unsafe cmpi_start_send(
      memory, CInt(bytes.count), cmpi_byte(), CInt(receiver), 0, communicator,
      &request)
    // The receiver of a message that cannot be sent does not answer.
    guard code == 0 else { return }
    sent.append(unsafe SentMessage(request: request, memory: memory))
  }

  /// Frees the memory of messages that MPI has sent.
  private func removeArrived() {
    sent.removeAll { $0.removeIfSent() }
  }

  /// Lets MPI send what it can to ranks that are there, before this process
  /// ends.
  private func sendRest() {
    let end = ContinuousClock.now + .milliseconds(100)
    while !sent.isEmpty, .now < end {
      removeArrived()
      sched_yield()
    }
  }
}

/// A message that is on its way.
@safe private struct SentMessage {
  let request: cmpi_handle
  let memory: UnsafeMutablePointer<UInt8>

  /// Whether MPI has sent the message, whose memory is free then.
  func removeIfSent() -> Bool {
    // A request of MPI stays valid until the poll that finds its end.
    var request = request
    var isDone: CInt = 0
    let code = unsafe cmpi_poll(&request, 0, &isDone)
    guard code == 0, isDone != 0 else { return false }
    unsafe memory.deallocate()
    return true
  }
}

#endif
