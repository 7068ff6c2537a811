//===--- MPICalls.swift - whether a call is allowed, and has succeeded ----===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
internal import CMPI

extension DistributedError {
  /// Throws after the end of MPI, and on another thread than MPI's: MPI would
  /// end the process there, or do anything at all.
  static func checkCallsAreAllowed() throws(DistributedError) {
    guard cmpi_is_finalized() == 0 else { throw .finalized }
    guard cmpi_is_main_thread() != 0 else { throw .otherThread }
  }
}

/// Throws the error that the code of a routine stands for, if it is one.
func check(_ routine: String, _ code: CInt) throws(DistributedError) {
  // MPI_SUCCESS is 0 in every library: the standard says so.
  guard code != 0 else { return }
  let text = unsafe String(unsafeUninitializedCapacity: 1024) { text in
    unsafe text.withMemoryRebound(to: CChar.self) {
      unsafe Int(cmpi_error_text(code, $0.baseAddress))
    }
  }
  throw .routine(routine, code: Int(code), text: text)
}

#endif
