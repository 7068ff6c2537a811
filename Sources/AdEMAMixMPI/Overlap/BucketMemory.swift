//===--- BucketMemory.swift - gradients of a bucket on their way ----------===//
//
// Part of the AdEMAMix library for Swift. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#if MPI
/// The memory of a bucket while its gradients are gathered, sent and summed.
struct BucketMemory {
  /// This rank's gradients, in the type that is sent.
  var own: Staging
  /// All ranks' gradients of the part that this rank sums, if there is one.
  var received: Staging?
  /// The sums of that part, where another rank keeps its moments.
  var sums: Staging?
}

#endif
