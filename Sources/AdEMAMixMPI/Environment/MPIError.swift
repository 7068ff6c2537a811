//===--- MPIError.swift - why a call of MPI failed ------------------------===//
//
// Part of the AdEMAMix library for Swift, under the Apache License v2.0.
//
//===----------------------------------------------------------------------===//

#if MPI
internal import CMPI

/// Why MPI could not do what it was asked to.
public enum MPIError: Error, Sendable, Hashable {
  /// A routine returned an error: its name, its code, and MPI's text for it.
  case routine(String, code: Int, text: String)
  /// MPI can be initialized once in the life of a process.
  case initializedBefore
  /// The library has no thread support at all, where an optimizer's threads need
  /// `MPI_THREAD_FUNNELED`.
  case noThreads
  /// The call was made on another thread than the one that initialized MPI.
  /// Nothing has been done; other ranks that have made the call wait for this one.
  case otherThread
  /// MPI has ended in this process, by ``MPIEnvironment/finalize()``.
  case finalized
  /// So many bytes, in all, are more than one call takes.
  case tooManyBytes(Int)
}

extension MPIError: CustomStringConvertible {
  /// What failed, and MPI's own words where it has some.
  public var description: String {
    switch self {
    case .routine(let name, let code, let text):
      "\(name) failed with code \(code): \(text)"
    case .initializedBefore:
      "MPI has been initialized before: it can be once in a process"
    case .noThreads:
      "the MPI library supports no threads: it must support "
        + "MPI_THREAD_FUNNELED"
    case .otherThread:
      "called on another thread than the one that initialized MPI: all calls "
        + "must be made on that one"
    case .finalized:
      "MPI has ended in this process: nothing can be called after finalize()"
    case .tooManyBytes(let count):
      "\(count) bytes for one call of MPI: it takes at most \(CInt.max)"
    }
  }
}

/// Throws where the calls of MPI are over, or this is not their thread: MPI would
/// end the process, or do anything at all.
func checkCallsAreAllowed() throws(MPIError) {
  guard cmpi_is_finalized() == 0 else { throw .finalized }
  guard cmpi_is_main_thread() != 0 else { throw .otherThread }
}

/// Throws what the code of a routine says.
func check(_ routine: String, _ code: CInt) throws(MPIError) {
  // MPI_SUCCESS is 0 in all of them.
  guard code != 0 else { return }
  let text = unsafe String(unsafeUninitializedCapacity: 1024) { text in
    unsafe text.withMemoryRebound(to: CChar.self) {
      unsafe Int(cmpi_error_text(code, $0.baseAddress))
    }
  }
  throw .routine(routine, code: Int(code), text: text)
}

#endif
