//===--- BucketMemory.swift - gradients of a bucket on their way ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// The memory of a bucket while its gradients are gathered, sent and summed. It
/// is used for one bucket after the other.
struct BucketMemory {
  /// This rank's gradients, in the type that is sent.
  var own = Staging()
  /// All ranks' gradients of the part that this rank sums.
  var received = Staging()
  /// The sums of that part, where another rank keeps its moments.
  var sums = Staging()

  var byteCount: Int { own.byteCount + received.byteCount + sums.byteCount }

  /// Frees the memory, which nothing may use any more.
  func deallocate() {
    own.deallocate()
    received.deallocate()
    sums.deallocate()
  }
}

#endif
